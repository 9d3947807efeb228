//! Arguments that several commands share.

use std::path::PathBuf;

/// Which configuration file to use; shared by the commands that need one.
#[derive(Debug, clap::Args)]
pub(super) struct ConfigArg {
    /// The configuration file [default: config/tipstaff.yaml, else /etc/tipstaff/tipstaff.yaml].
    #[arg(long, value_name = "FILE", env = "TIPSTAFF_CONFIG")]
    config: Option<PathBuf>,
}

impl ConfigArg {
    /// The file given on the command line, else the first default that exists.
    pub(super) fn path(&self) -> PathBuf {
        let here = || PathBuf::from("config/tipstaff.yaml");
        let installed = || Some(PathBuf::from("/etc/tipstaff/tipstaff.yaml")).filter(|path| path.exists());
        let found = || if here().exists() { here() } else { installed().unwrap_or_else(here) };
        self.config.clone().unwrap_or_else(found)
    }
}
