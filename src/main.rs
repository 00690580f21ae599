//! The program: a complete CSE from the command line. `onem2m-cse --help` tells.

mod program;

fn main() -> std::process::ExitCode {
    program::main()
}
