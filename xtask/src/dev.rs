//! `cargo xtask dev`: the Worker on this machine, in real workerd, with local stores and demo accounts.

mod example;
mod secrets;
mod server;

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::repo::{root, step, timed};
use crate::{build, tools};

/// How to serve.
#[derive(clap::Args)]
pub struct Args {
    /// The port to serve on.
    #[arg(long, default_value_t = 8787, value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// Start with empty stores: only the demo accounts, no sessions.
    #[arg(long)]
    fresh: bool,
    /// Compile faster, run slower. For work on the Worker itself.
    #[arg(long)]
    dev: bool,
    /// Serve an application from the folder `examples` behind the Worker, for example `gate`.
    #[arg(long, value_name = "NAME")]
    example: Option<String>,
}

const DEMO_ACCOUNTS: [&str; 3] = ["admin@example.com", "manager@example.com", "user@example.com"];
const DEMO_PASSWORD: &str = "correct horse battery staple";
/// Statements that put the demo accounts into an empty database and leave them alone where they are.
const DEMO_SQL: &str = "migrations/demo/accounts.sql";
/// How wrangler.toml calls the database.
const DATABASE: &str = "DB";

/// Serves until Ctrl-C or SIGTERM.
pub fn run(args: &Args) -> Result<()> {
    ensure_port_is_free(args.port)?;
    let example = args.example.as_deref().map(example::Example::find).transpose()?;
    tools::ensure_wasm_target()?;
    tools::ensure_node_modules()?;
    build::run(&build::Args { dev: args.dev, what: build::What::Edge })?;
    build::run(&build::Args { dev: args.dev, what: build::What::Inspector })?;
    if !root().join("wrangler.toml").is_file() {
        bail!("wrangler.toml is missing; it defines the Worker and its bindings");
    }
    if args.fresh && state().exists() {
        std::fs::remove_dir_all(state()).context("removing the local stores")?;
    }
    secrets::ensure()?;
    if !database_is_prepared() {
        timed("apply migrations to the local database", prepare_database)?;
    }
    if process::asked_to_end() {
        return Ok(());
    }
    if let Some(example) = &example {
        example.install_policy()?;
    }
    let application = example.map(|example| example.start(args.port)).transpose()?;
    let mut variables = application.as_ref().map_or_else(Vec::new, example::Running::variables);
    // Tokens name their issuer by its address, and verifiers find its keys there.
    variables.extend(["ISSUER", "AUDIENCE"].map(|name| format!("{name}:http://localhost:{}", args.port)));
    // On this machine a 403 says which rule it comes from.
    variables.push("LOCAL:true".to_owned());
    let mut worker = timed("start workerd", || server::Server::start(args.port, &state(), &variables))?;
    greet(args.port);
    let ended = worker.run_until_end();
    drop(application);
    step("stopped");
    ended
}

fn state() -> PathBuf {
    root().join(".wrangler/state")
}

fn ensure_port_is_free(port: u16) -> Result<()> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map(drop).map_err(|_| {
        anyhow::anyhow!(
            "port {port} is in use: stop the program that listens there, or choose another port with `--port {}`",
            port.wrapping_add(1)
        )
    })
}

/// True when these very statements have been run on the local database: starting wrangler to find that out takes seconds.
fn database_is_prepared() -> bool {
    let mark = std::fs::read_to_string(prepared_mark()).unwrap_or_default();
    !mark.is_empty() && statements().is_ok_and(|now| now == mark)
}

fn prepare_database() -> Result<()> {
    quietly(server::wrangler().args(["d1", "migrations", "apply", DATABASE, "--local", "--persist-to"]).arg(state()))?;
    let mut seed = server::wrangler();
    seed.args(["d1", "execute", DATABASE, "--local", "--yes", "--file", DEMO_SQL, "--persist-to"]).arg(state());
    quietly(&mut seed)?;
    Ok(std::fs::write(prepared_mark(), statements()?)?)
}

fn prepared_mark() -> PathBuf {
    state().join("prepared.sql")
}

/// Every migration, and the demo accounts.
fn statements() -> Result<String> {
    let entries = std::fs::read_dir(root().join("migrations")).context("the folder migrations")?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    files.push(root().join(DEMO_SQL));
    let read = |file: PathBuf| std::fs::read_to_string(&file).with_context(|| file.display().to_string());
    files.into_iter().map(read).collect()
}

/// Shows what a command says only if it fails.
fn quietly(command: &mut std::process::Command) -> Result<()> {
    let output =
        command.env("CI", "1").stdin(std::process::Stdio::null()).output().context("could not start wrangler")?;
    if !output.status.success() {
        eprint!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        bail!("wrangler failed ({})", output.status);
    }
    Ok(())
}

fn greet(port: u16) {
    let url = format!("http://localhost:{port}");
    println!("\nPortcullis is running at {url}\n");
    println!("Demo accounts, all with the password `{DEMO_PASSWORD}`:");
    for account in DEMO_ACCOUNTS {
        println!("  {account}");
    }
    println!("\nOpen in a browser: {url}/auth/account to sign in, {url}/ to inspect a token.");
    println!("\nTry:");
    println!(
        "  curl -s {url}/auth/login -H 'content-type: application/json' \\\n    \
         -d '{{\"email\":\"user@example.com\",\"password\":\"{DEMO_PASSWORD}\"}}'"
    );
    println!(
        "  curl -s {url}/users/me -H \"authorization: Bearer $TOKEN\"     # TOKEN: the accessToken from the first response"
    );
    println!("  curl -si {url}/users -H \"authorization: Bearer $TOKEN\"        # 403: only admins may list users");
    println!("\nPress Ctrl-C to stop.");
}
