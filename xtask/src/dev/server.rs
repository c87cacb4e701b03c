//! wrangler dev as a child: started, waited for, ended with everything it started.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process::{self, Group};
use crate::repo::{self, root};

const LONGEST_START: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(100);

/// wrangler, on the Node of `node_modules`: it needs a newer one than many machines have.
pub fn wrangler() -> Command {
    let mut command = repo::node_bin("node");
    command.arg(root().join("node_modules/wrangler/bin/wrangler.js"));
    command
}

/// The Worker, answering.
pub struct Server {
    group: Group,
    lines: Receiver<String>,
}

impl Server {
    /// Starts it and waits until it answers. `variables` are added to those of wrangler.toml, as `NAME:value`.
    pub fn start(port: u16, state: &Path, variables: &[String]) -> Result<Server> {
        let mut command = wrangler();
        command
            .args(["dev", "--ip", "127.0.0.1", "--inspector-port", "0", "--show-interactive-dev-session=false"])
            .args(["--port", &port.to_string(), "--persist-to"])
            .arg(state)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for variable in variables {
            command.args(["--var", variable]);
        }
        let mut group = Group::spawn(&mut command)?;
        let lines = lines_of(&mut group);
        let mut server = Server { group, lines };
        server.wait_for_answer(port)?;
        Ok(server)
    }

    fn wait_for_answer(&mut self, port: u16) -> Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < LONGEST_START {
            if process::asked_to_end() {
                bail!("stopped");
            }
            if answers(port) {
                // What wrangler says about its own start is of no use to anybody once it has started.
                self.lines.try_iter().for_each(drop);
                return Ok(());
            }
            if self.group.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(TICK);
        }
        self.group.end();
        for line in self.lines.try_iter() {
            eprintln!("{line}");
        }
        bail!("the Worker did not start; see the wrangler output above")
    }

    /// Shows the Worker's log until Ctrl-C, SIGTERM or its own end.
    pub fn run_until_end(&mut self) -> Result<()> {
        while !process::asked_to_end() {
            while let Ok(line) = self.lines.recv_timeout(TICK) {
                eprintln!("{line}");
                if process::asked_to_end() {
                    break;
                }
            }
            if let Some(status) = self.group.try_wait()? {
                bail!("wrangler exited unexpectedly ({status})");
            }
        }
        self.group.end();
        Ok(())
    }
}

/// What the child prints on either stream, line by line.
fn lines_of(group: &mut Group) -> Receiver<String> {
    let (sender, lines) = channel();
    let (stdout, stderr) = group.take_output();
    let streams: [Option<Box<dyn Read + Send>>; 2] =
        [stdout.map(|s| Box::new(s) as Box<dyn Read + Send>), stderr.map(|s| Box::new(s) as Box<dyn Read + Send>)];
    for stream in streams.into_iter().flatten() {
        let sender = sender.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
    }
    lines
}

/// Any answer with a status below 500 will do.
fn answers(port: u16) -> bool {
    let ask = || -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut start = vec![0; 12];
        stream.read_exact(&mut start)?;
        Ok(start)
    };
    ask().is_ok_and(|start| start.starts_with(b"HTTP/1.1 ") && matches!(start.get(9), Some(b'2'..=b'4')))
}
