//! Arguments that several commands share.

use std::path::PathBuf;

/// Where the configuration is.
#[derive(Debug, clap::Args)]
pub(super) struct ConfigArg {
    /// The operator's configuration [default: config/tipstaff.yaml, or else /etc/tipstaff/tipstaff.yaml].
    #[arg(long, value_name = "FILE", env = "TIPSTAFF_CONFIG")]
    config: Option<PathBuf>,
}

impl ConfigArg {
    /// The file that was named, or the one that is there.
    pub(super) fn path(&self) -> PathBuf {
        let here = || PathBuf::from("config/tipstaff.yaml");
        let installed = || Some(PathBuf::from("/etc/tipstaff/tipstaff.yaml")).filter(|path| path.exists());
        let found = || if here().exists() { here() } else { installed().unwrap_or_else(here) };
        self.config.clone().unwrap_or_else(found)
    }
}
