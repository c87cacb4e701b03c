//! Long-running children that must not outlive us, and the signal that asks us to end.

use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

static ASKED_TO_END: AtomicBool = AtomicBool::new(false);
static WATCH: Once = Once::new();

/// True once Ctrl-C or SIGTERM came; from the first call on they no longer end this process by themselves.
pub fn asked_to_end() -> bool {
    WATCH.call_once(|| {
        if let Err(error) = ctrlc::set_handler(|| ASKED_TO_END.store(true, Ordering::SeqCst)) {
            eprintln!("warning: Ctrl-C will not be handled: {error}");
        }
    });
    ASKED_TO_END.load(Ordering::SeqCst)
}

/// A child process and everything it starts in turn, ended together: by `end`, and when dropped.
pub struct Group {
    leader: Child,
    ended: bool,
}

impl Group {
    /// Starts the command as the leader of a process group of its own.
    pub fn spawn(command: &mut Command) -> Result<Group> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let leader =
            command.spawn().with_context(|| format!("could not start `{}`", command.get_program().display()))?;
        Ok(Group { leader, ended: false })
    }

    /// Its piped output, to be read by whoever asks first.
    pub fn take_output(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.leader.stdout.take(), self.leader.stderr.take())
    }

    /// Its status, if it has ended by itself.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.leader.try_wait()?)
    }

    /// Asks the whole group to end, waits a little, then ends whoever is left.
    pub fn end(&mut self) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.signal("TERM");
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(5) && matches!(self.leader.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(50));
        }
        self.signal("KILL");
        let _ = self.leader.wait();
    }

    #[cfg(unix)]
    fn signal(&mut self, name: &str) {
        // Through kill(1), because the standard library cannot signal a group; a group that has gone already is no failure.
        let group = format!("-{}", self.leader.id());
        let _ = Command::new("kill").args([&format!("-{name}"), "--", &group]).stderr(Stdio::null()).status();
    }

    #[cfg(not(unix))]
    fn signal(&mut self, _name: &str) {
        let _ = self.leader.kill();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}
