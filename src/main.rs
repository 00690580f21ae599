//! The program: a complete CSE from the command line. `onem2m-cse --help` tells.

mod program;

/// The program creates and drops small things at a high rate from several threads; the system's allocator takes a quarter
/// of its time for that. A library leaves the choice to whoever links it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    program::main()
}
