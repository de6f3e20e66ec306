use std::time::Duration;

use rustix::process::{Pid, test_kill_process};

/// Waits until no process with this number is left, not even a zombie of this one.
pub(crate) fn is_gone(pid: &str) -> bool {
    let pid = Pid::from_raw(pid.trim().parse().unwrap()).unwrap();
    (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        test_kill_process(pid).is_err() || is_zombie_of_another(pid)
    })
}

/// A grandchild's parent is then whoever collects orphans, which in a container may be nobody.
fn is_zombie_of_another(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    fields.first() == Some(&"Z")
        && fields.get(1).is_none_or(|parent| *parent != std::process::id().to_string())
}
