//! A Postfix that refuses bare newlines, and the Dovecot behind it: both with folders and settings of
//! their own, so that those of the machine are neither read nor changed.

use std::fs;
use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::server::{free_port, until};

/// The password with which anybody may read the one mailbox that there is.
pub const PASSWORD: &str = "trial";

/// What a line of a log has in it that is worth a look.
const TELLING: [&str; 7] =
    ["warning", "rror", "fatal", "panic", "reject:", "status=deferred", "status=bounced"];

/// The two servers; they end with this value.
pub struct Chain {
    // In the order in which they are to end.
    postfix: Server,
    dovecot: Server,
    folder: tempfile::TempDir,
    pub smtp: u16,
    pub imap: u16,
}

/// A server that leads a group of processes, all of which end with it.
struct Server {
    child: Child,
    log: PathBuf,
}

impl Server {
    fn start(command: &mut Command, log: PathBuf) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { child: command.process_group(0).spawn().unwrap(), log }
    }

    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let signal = |name: &str| {
            let _ = Command::new("kill").args([name, "--", &group]).stderr(Stdio::null()).status();
        };
        signal("-TERM");
        for _ in 0..100 {
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        signal("-KILL");
        let _ = self.child.wait();
    }
}

impl Chain {
    pub fn start() -> Self {
        let id = Command::new("id").arg("-u").output().unwrap();
        assert_eq!(
            id.stdout, b"0\n",
            "a Postfix of one's own starts as root alone: run this as root"
        );
        let folder = tempfile::tempdir().unwrap();
        // The servers' own users must get through.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let (smtp, imap) = (free_port(), free_port());
        let dovecot = dovecot(folder.path(), imap);
        let postfix = postfix(folder.path(), smtp);
        let chain = Self { postfix, dovecot, folder, smtp, imap };
        for (port, server) in [(smtp, &chain.postfix), (imap, &chain.dovecot)] {
            until(&format!("the server at {port} answers; its log:\n{}", server.log()), || {
                TcpStream::connect(("127.0.0.1", port)).is_ok()
            });
        }
        chain
    }

    /// Waits until Postfix has nothing left to deliver.
    pub fn until_delivered(&self) {
        let queue = self.folder.path().join("queue");
        let waiting = || -> usize {
            let folders = ["maildrop", "incoming", "active", "deferred"];
            folders.iter().map(|name| files(&queue.join(name))).sum()
        };
        until("Postfix has delivered everything", || waiting() == 0);
    }

    /// Says a line in each of these, and returns the last reply.
    pub fn say(&self, lines: &[&str]) -> String {
        let stream = TcpStream::connect(("127.0.0.1", self.smtp)).unwrap();
        let mut replies = BufReader::new(&stream);
        let mut last = reply(&mut replies);
        for line in lines {
            (&stream).write_all(line.as_bytes()).unwrap();
            last = reply(&mut replies);
        }
        last
    }

    /// What both wrote into their logs.
    pub fn logs(&self) -> String {
        format!("{}\n{}", self.postfix.log(), self.dovecot.log())
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let logs = self.logs();
            let tells = |line: &&str| TELLING.iter().any(|word| line.contains(word));
            logs.lines().filter(tells).take(50).for_each(|line| eprintln!("{line}"));
        }
    }
}

/// The last line of a reply.
fn reply(replies: &mut impl std::io::BufRead) -> String {
    loop {
        let mut line = String::new();
        replies.read_line(&mut line).unwrap();
        if line.as_bytes().get(3) != Some(&b'-') {
            return line;
        }
    }
}

fn files(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

fn program(paths: &[&'static str], package: &str) -> &'static str {
    let found = paths.iter().find(|path| Path::new(path).exists());
    found.unwrap_or_else(|| panic!("{} is missing: install the package `{package}`", paths[0]))
}

/// Runs a command that must end well.
fn done(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
}

fn postfix(folder: &Path, port: u16) -> Server {
    let root = folder.display();
    for name in ["conf", "queue", "data"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    done(Command::new("chown").arg("postfix").arg(folder.join("data")));
    let conf = folder.join("conf");
    fs::write(conf.join("main.cf"), MAIN_CF.replace("ROOT", &root.to_string())).unwrap();
    fs::write(conf.join("master.cf"), MASTER_CF.replace("PORT", &port.to_string())).unwrap();
    // It makes the folders of the queue.
    let control = program(&["/usr/sbin/postfix"], "postfix");
    done(Command::new(control).arg("-c").arg(&conf).arg("check"));
    let daemons = ["/usr/lib/postfix/sbin/master", "/usr/libexec/postfix/master"];
    let mut master = Command::new(program(&daemons, "postfix"));
    Server::start(master.arg("-c").arg(&conf).arg("-d"), folder.join("data/log"))
}

fn dovecot(folder: &Path, port: u16) -> Server {
    let root = folder.display().to_string();
    for name in ["dovecot", "dovecot/run", "dovecot/state", "mail"] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    done(Command::new("chown").arg("nobody").arg(folder.join("mail")));
    let conf = folder.join("dovecot/dovecot.conf");
    let text = DOVECOT_CONF.replace("ROOT", &root).replace("PORT", &port.to_string());
    fs::write(&conf, text.replace("PASSWORD", PASSWORD)).unwrap();
    for (file, package) in [("imap", "dovecot-imapd"), ("lmtp", "dovecot-lmtpd")] {
        let path = Path::new("/usr/lib/dovecot").join(file);
        assert!(path.exists(), "{} is missing: install the package `{package}`", path.display());
    }
    let mut master = Command::new(program(&["/usr/sbin/dovecot"], "dovecot-core"));
    Server::start(master.arg("-F").arg("-c").arg(&conf), folder.join("dovecot/log"))
}

/// `mynetworks` are excused from the rule about bare newlines unless somebody says otherwise.
const MAIN_CF: &str = "
compatibility_level = 3.6
queue_directory = ROOT/queue
data_directory = ROOT/data
maillog_file = ROOT/data/log
maillog_file_prefixes = ROOT
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_forbid_bare_newline = reject
smtpd_forbid_bare_newline_exclusions =
smtpd_peername_lookup = no
default_transport = lmtp:unix:ROOT/dovecot/lmtp
relay_transport = lmtp:unix:ROOT/dovecot/lmtp
in_flow_delay = 0
biff = no
";

const MASTER_CF: &str = "
127.0.0.1:PORT inet n - n - - smtpd
cleanup  unix  n - n - 0 cleanup
qmgr     unix  n - n 300 1 qmgr
rewrite  unix  - - n - - trivial-rewrite
bounce   unix  - - n - 0 bounce
defer    unix  - - n - 0 bounce
trace    unix  - - n - 0 bounce
error    unix  - - n - - error
retry    unix  - - n - - error
lmtp     unix  - - n - - lmtp
anvil    unix  - - n - 1 anvil
flush    unix  n - n 1000? 0 flush
proxymap unix  - - n - - proxymap
scache   unix  - - n - 1 scache
postlog  unix-dgram n - n - 1 postlogd
";

const DOVECOT_CONF: &str = "
base_dir = ROOT/dovecot/run
state_dir = ROOT/dovecot/state
instance_name = trial
log_path = ROOT/dovecot/log
ssl = no
disable_plaintext_auth = no
protocols = imap lmtp
listen = 127.0.0.1
mail_location = maildir:ROOT/mail
mail_uid = nobody
first_valid_uid = 1
mail_fsync = never
passdb {
  driver = static
  args = password=PASSWORD
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=ROOT/mail allow_all_users=yes
}
service imap-login {
  inet_listener imap {
    port = PORT
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  unix_listener ROOT/dovecot/lmtp {
    mode = 0666
  }
}
";
