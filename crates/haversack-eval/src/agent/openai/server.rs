//! A server of Chat Completions for tests, on a real socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Names are in lower case.
    pub headers: Vec<(String, String)>,
    pub path: String,
    pub body: Value,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does.
pub enum Reply {
    /// Answers, with more headers.
    Says(u16, Vec<(&'static str, String)>, String),
    /// Hangs up without a word.
    Resets,
    /// Waits, then answers.
    Waits(Duration, String),
    /// Promises more than it sends.
    BreaksOff,
}

impl Reply {
    pub fn ok(text: &str, tokens: Option<(u64, u64)>) -> Self {
        Self::Says(200, vec![], completion(text, tokens))
    }

    pub fn status(status: u16, body: &str) -> Self {
        Self::Says(status, vec![], body.to_owned())
    }
}

pub fn completion(text: &str, tokens: Option<(u64, u64)>) -> String {
    let mut reply = serde_json::json!({"choices": [{"message": {"role": "assistant", "content": text}}]});
    if let Some((input, output)) = tokens {
        reply["usage"] = serde_json::json!({"prompt_tokens": input, "completion_tokens": output});
    }
    reply.to_string()
}

pub struct Server {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts one; `reply` gets the number of the request, from 0. Its thread ends with the test's process.
    pub fn start(reply: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, reply) = (Arc::clone(&seen), Arc::new(reply));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                std::thread::spawn(move || serve(stream.unwrap(), &log, &*reply));
            }
        });
        Self { url, seen }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, log: &Mutex<Vec<Seen>>, reply: &dyn Fn(usize, &Seen) -> Reply) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    if reader.read_line(&mut line).unwrap_or(0) == 0 {
        return;
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.to_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let seen = Seen { headers, path, body: serde_json::from_slice(&body).unwrap_or_default() };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(seen.clone());
        log.len() - 1
    };
    send(stream, reply(number, &seen));
}

/// A client that hung up is no failure of the test.
fn send(mut stream: TcpStream, reply: Reply) {
    let (status, headers, body) = match reply {
        Reply::Resets => return,
        Reply::BreaksOff => {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"choices\": [");
            return;
        }
        Reply::Waits(wait, body) => {
            std::thread::sleep(wait);
            (200, vec![], body)
        }
        Reply::Says(status, headers, body) => (status, headers, body),
    };
    let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(b"\r\n");
    let _ = stream.write_all(body.as_bytes());
}
