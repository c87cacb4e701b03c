//! An application of the folder `examples`, started behind the Worker.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::build;
use crate::process::Group;
use crate::repo::{self, root, step};

/// A folder below `examples` with a `package.json` whose script `start` serves on `$PORT`.
pub struct Example {
    name: String,
    folder: PathBuf,
}

impl Example {
    /// Names the examples there are when this one is not among them.
    pub fn find(name: &str) -> Result<Example> {
        let folder = root().join("examples").join(name);
        if folder.join("package.json").is_file() {
            return Ok(Example { name: name.to_owned(), folder });
        }
        let entries = std::fs::read_dir(root().join("examples")).into_iter().flatten().flatten();
        let applications = entries.filter(|entry| entry.path().join("package.json").is_file());
        let mut names: Vec<String> =
            applications.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        bail!("unknown example `{name}`. Available: {}", names.join(", "))
    }

    /// Puts the example's own policy into the Worker, if it has one. The next build puts the repository's back.
    pub fn install_policy(&self) -> Result<()> {
        let policy = self.folder.join("portcullis.toml");
        if policy.is_file() {
            let file = format!("examples/{}/portcullis.toml", self.name);
            build::policy::build(&file, &root().join("build/edge"))?;
        }
        Ok(())
    }

    /// Starts the application on a free port; it learns the address of the Worker before it.
    pub fn start(&self, gate_port: u16) -> Result<Running> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        step(format!("start examples/{} on port {port}", self.name));
        let mut command = repo::command("npm");
        command.args(["start", "--silent"]).current_dir(&self.folder).stdin(Stdio::null());
        command.env("PORT", port.to_string()).env("PORTCULLIS_URL", format!("http://localhost:{gate_port}"));
        let group = Group::spawn(&mut command).context("could not start the example")?;
        Ok(Running { _group: group, port })
    }
}

/// The application, until dropped.
pub struct Running {
    _group: Group,
    port: u16,
}

impl Running {
    /// What the Worker must be told about it.
    pub fn variables(&self) -> Vec<String> {
        vec![format!("UPSTREAM_URL:http://127.0.0.1:{}", self.port)]
    }
}
