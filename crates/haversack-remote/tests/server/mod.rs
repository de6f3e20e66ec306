//! A server of the S3 protocol in this process: s3s over a temporary folder, with signatures checked, one request at a
//! time (its check of a condition and the write that follows are otherwise two steps), and with faults on request.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use haversack_remote::{ObjectRemote, Options};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, HttpResponse};

const KEY: &str = "test-key";
const SECRET: &str = "test-secret";
pub const BUCKET: &str = "knowledge";

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server is busy: the request is not carried out.
    Busy,
    /// The request is carried out, and its answer is an error of the server.
    AnswerLost,
    /// The connection closes before an answer.
    HangUp,
}

pub struct Server {
    pub address: SocketAddr,
    pub folder: tempfile::TempDir,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    requests: Arc<Mutex<Vec<String>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Server {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = builder.build();
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let faults = Arc::new(Mutex::new(VecDeque::new()));
        let requests = Arc::new(Mutex::new(Vec::new()));
        runtime.spawn(serve(listener, service, Arc::clone(&faults), Arc::clone(&requests)));
        Self { address, folder, faults, requests, _runtime: runtime }
    }

    pub fn url(&self) -> String {
        format!("http://{}/{BUCKET}/team/store", self.address)
    }

    pub fn options(&self) -> Options {
        let settings =
            [("aws_access_key_id", KEY), ("aws_secret_access_key", SECRET), ("aws_region", "us-east-1")];
        let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
        Options { settings, ..Options::default() }
    }

    pub fn remote(&self) -> ObjectRemote {
        ObjectRemote::open(&self.url(), &self.options()).unwrap()
    }

    /// The next requests fail so.
    pub fn fail(&self, faults: &[Fault]) {
        self.faults.lock().unwrap().extend(faults);
    }

    /// Method and path of every request since the last call.
    pub fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

async fn serve(
    listener: tokio::net::TcpListener,
    service: S3Service,
    faults: Arc<Mutex<VecDeque<Fault>>>,
    requests: Arc<Mutex<Vec<String>>>,
) {
    let turn = Arc::new(tokio::sync::Mutex::new(()));
    while let Ok((socket, _)) = listener.accept().await {
        let (service, faults, requests, turn) =
            (service.clone(), Arc::clone(&faults), Arc::clone(&requests), Arc::clone(&turn));
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            let (service, faults, requests, turn) =
                (service.clone(), Arc::clone(&faults), Arc::clone(&requests), Arc::clone(&turn));
            async move {
                requests.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
                let fault = faults.lock().unwrap().pop_front();
                let _turn = turn.lock().await;
                match fault {
                    Some(Fault::Busy) => return Ok::<_, std::io::Error>(status(503)),
                    Some(Fault::HangUp) => return Err(std::io::Error::other("hang up")),
                    Some(Fault::AnswerLost) | None => {}
                }
                let answer = service.call(request.map(Body::from)).await;
                let answer = answer.unwrap_or_else(|_| status(500));
                Ok(if fault.is_some() { status(500) } else { answer })
            }
        });
        tokio::spawn(async move {
            // A connection that ends badly is what some tests want.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(socket), answer)
                .await;
        });
    }
}

fn status(code: u16) -> HttpResponse {
    let mut response = hyper::Response::new(Body::empty());
    *response.status_mut() = hyper::StatusCode::from_u16(code).unwrap();
    response
}
