//! The PICS as the file that a person reads and changes.

use std::fmt::Write as _;

use super::Pics;

impl Pics {
    /// The file that says this, with a comment for each part.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::from(
            "# What the conformance suite knows of the subject. Made by `probe`; change what it could not know.\n\n",
        );
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let quoted = |text: &str| format!("{text:?}");
        let list = |items: &[String]| items.iter().map(|item| quoted(item)).collect::<Vec<_>>().join(", ");
        let numbers = self.types.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        writeln!(out, "# Numbers of the resource types that it has (srt). Tests of others are not applicable.")?;
        writeln!(out, "types = [{numbers}]")?;
        writeln!(out, "# The releases that it speaks (srv).\nreleases = [{}]", list(&self.releases))?;
        writeln!(out, "\n[subject]\n# Appears in reports, and picks the subject's entries in exceptions.toml.")?;
        writeln!(out, "name = {}", quoted(&self.subject.name))?;
        writeln!(out, "# IN-CSE, MN-CSE, ADN-AE, Constrained-sensor, Constrained-actuator")?;
        writeln!(out, "profile = {}", quoted(&self.subject.profile))?;
        writeln!(out, "# Whose expectations apply: 1, 2, 2a, 3, 4 or 5")?;
        writeln!(out, "release = {}", quoted(&self.subject.release))?;
        writeln!(out, "\n# Where it is reached, a URL for each binding.\n[addresses]")?;
        for (binding, url) in &self.addresses {
            writeln!(out, "{binding} = {}", quoted(url))?;
        }
        writeln!(out, "\n[identity]\ncse_id = {}", quoted(&self.identity.cse_id))?;
        writeln!(out, "cse_name = {}", quoted(&self.identity.cse_name))?;
        writeln!(out, "# The M2M-SP-ID, such as //acme.example.com. Empty: absolute addresses are not tested.")?;
        writeln!(out, "sp_id = {}", quoted(&self.identity.sp_id))?;
        writeln!(out, "\n# Whom the tester may claim to be; {{name}} is different each time.\n[originators]")?;
        writeln!(
            out,
            "# May do everything at the CSEBase.\nadministrator = {}",
            quoted(&self.originators.administrator)
        )?;
        writeln!(out, "# An AE that may register.\nae = {}", quoted(&self.originators.ae))?;
        writeln!(out, "# An AE that may not. Empty: everybody may.\nrefused = {}", quoted(&self.originators.refused))?;
        writeln!(out, "# An App-ID that may not register. Empty: none is refused.")?;
        writeln!(out, "refused_app = {}", quoted(&self.originators.refused_app))?;
        writeln!(
            out,
            "\n# Where the tester listens for notifications, and how the subject calls this machine.\n[listener]"
        )?;
        writeln!(out, "bind = {}\nhost = {}", quoted(&self.listener.bind), quoted(&self.listener.host))?;
        writeln!(
            out,
            "\n# How an AE, or a CSE whose registrar is the tester, is brought to send something:\n# the URL of an upper tester, a command, or empty: by hand.\n[trigger]"
        )?;
        writeln!(out, "how = {}", quoted(&self.trigger.how))?;
        writeln!(out, "# Seconds until it has sent what it was triggered to send.\nwait = {}", self.trigger.wait)?;
        writeln!(out, "\n# yes, no or not answered\n[formats]")?;
        for (format, claim) in &self.formats {
            writeln!(out, "{format} = {}", quoted(claim.name()))?;
        }
        writeln!(
            out,
            "\n# Capabilities by PICS name: yes, no or not answered. What is not \"no\" is tested.\n[claims]"
        )?;
        for (name, claim) in &self.claims {
            writeln!(out, "{name} = {}", quoted(claim.name()))?;
        }
        Ok(())
    }
}
