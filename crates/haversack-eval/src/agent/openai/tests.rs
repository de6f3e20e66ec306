use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use haversack_model::Pack;

use super::server::{Reply, Server, completion};
use super::*;
use crate::agent::samples::pack;
use crate::agent::{AgentSetting, AgentSpecError};

const KEY: &str = "sk-test-0123456789/abcdef\"quoted";

fn variable(name: &str) -> Option<String> {
    match name {
        "TEST_KEY" => Some(format!(" {KEY}\n")),
        "EMPTY" => Some(String::new()),
        _ => None,
    }
}

fn setting() -> AgentSetting<'static> {
    AgentSetting { folder: Path::new("."), variable: &variable }
}

/// A client with a key that waits without sleeping, and the waits in seconds.
fn client(server: &Server, change: impl FnOnce(&mut OpenAiSpec)) -> (OpenAi, Arc<Mutex<Vec<f64>>>) {
    let mut spec = OpenAiSpec::new(&server.url, "m");
    spec.api_key_env = Some("TEST_KEY".to_owned());
    spec.timeout = 20.0;
    change(&mut spec);
    let mut client = spec.open(&setting()).unwrap();
    let waits = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&waits);
    client.sleep = Arc::new(move |wait: Duration| log.lock().unwrap().push(wait.as_secs_f64()));
    (client, waits)
}

fn sample() -> Pack {
    pack("### [1] d/a.md#L1-L2\n```\nRotate ü weekly.\n```\n", &[("d/a.md", "Rotate ü weekly.")])
}

fn ask(client: &OpenAi) -> Result<Answer, AgentError> {
    client.answer(&Question { task: "t1", query: "how often? 🔑", pack: &sample(), trial: 2 })
}

fn refuse(change: impl FnOnce(&mut OpenAiSpec)) -> AgentSpecError {
    let mut spec = OpenAiSpec::new("http://localhost:1/v1/", "m");
    change(&mut spec);
    spec.open(&setting()).unwrap_err()
}

#[test]
fn a_question_is_asked_and_its_answer_read() {
    let server = Server::start(|_, _| Reply::ok("Weekly, ü 🔑 [1].\n", Some((1_000, 500))));
    let (client, _) = client(&server, |spec| {
        spec.seed = Some(40);
        spec.temperature = Some(0.0);
        spec.prices = Some(Prices { input: 2.0, output: 10.0 });
        spec.body.insert("reasoning_effort".to_owned(), json!("low"));
        spec.headers.insert("x-title".to_owned(), "haversack".to_owned());
    });
    let answer = ask(&client).unwrap();
    assert_eq!(answer.text, "Weekly, ü 🔑 [1].");
    assert_eq!(answer.citations, ["d/a.md#L1-L2"]);
    assert_eq!(answer.usage, Usage { calls: 1, input_tokens: 1_000, output_tokens: 500, cost: 0.007 });
    assert_eq!(client.spent(), answer.usage);
    let seen = &server.seen()[0];
    assert_eq!((seen.path.as_str(), seen.header("x-title")), ("/v1/chat/completions", Some("haversack")));
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
    assert_eq!(
        (
            &seen.body["seed"],
            &seen.body["temperature"],
            &seen.body["max_tokens"],
            &seen.body["reasoning_effort"]
        ),
        (&json!(42), &json!(0.0), &json!(1024), &json!("low"))
    );
    let asked = seen.body["messages"][1]["content"].as_str().unwrap();
    assert!(asked.contains("Rotate ü weekly.") && asked.ends_with("Question: how often? 🔑"));
}

#[test]
fn a_judge_speaks_to_the_same_server_without_the_prompt() {
    let server = Server::start(|_, _| Reply::ok("yes", None));
    let (client, _) = client(&server, |spec| spec.max_tokens_key = OutputLimit::MaxCompletionTokens);
    let messages = [Message { role: "user".to_owned(), content: "good?".to_owned() }];
    assert_eq!(client.complete(&messages).unwrap().0, "yes");
    let body = &server.seen()[0].body;
    assert_eq!(body["messages"], json!([{"role": "user", "content": "good?"}]));
    assert_eq!((&body["max_completion_tokens"], &body["max_tokens"]), (&json!(1024), &Value::Null));
}

#[test]
fn a_busy_server_is_asked_again_when_it_says() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Says(429, vec![("Retry-After", "7".to_owned())], "{}".to_owned()),
        1 => Reply::Says(503, vec![("retry-after-ms", "250".to_owned())], String::new()),
        2 => Reply::status(500, "oops"),
        _ => Reply::ok("done", Some((3, 4))),
    });
    let (client, waits) = client(&server, |_| {});
    let answer = ask(&client).unwrap();
    assert_eq!((answer.text.as_str(), answer.usage.calls, answer.usage.input_tokens), ("done", 4, 3));
    let waits = waits.lock().unwrap();
    assert!(waits[0] >= 7.0 && waits[0] <= 7.2, "{waits:?}");
    assert!(waits[1] >= 0.25 && waits[1] <= 0.4, "{waits:?}");
    // 0.5 s, doubled twice, of which half is certain.
    assert!(waits[2] >= 1.0 && waits[2] <= 2.0, "{waits:?}");
}

#[test]
fn a_server_that_asks_for_too_much_patience_is_left_alone() {
    let server =
        Server::start(|_, _| Reply::Says(429, vec![("retry-after", "3600".to_owned())], "slow".to_owned()));
    let (client, _) = client(&server, |_| {});
    let error = ask(&client).unwrap_err().to_string();
    assert!(
        error.ends_with("answers 429 Too Many Requests: slow; the server asks to wait for 3600 s"),
        "{error}"
    );
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn attempts_end() {
    let server = Server::start(|_, _| Reply::status(500, "{\"error\":{\"message\":\"disk full\"}}"));
    let (client, waits) = client(&server, |spec| spec.retries = 2);
    let error = ask(&client).unwrap_err().to_string();
    assert!(error.ends_with("answers 500 Internal Server Error: disk full (3 attempts)"), "{error}");
    assert_eq!((server.seen().len(), waits.lock().unwrap().len(), client.spent().calls), (3, 2, 3));
}

#[test]
fn what_will_not_pass_is_not_tried_again() {
    for status in [400, 401, 403, 404, 422, 501] {
        let server = Server::start(move |_, _| Reply::status(status, "no"));
        let (client, _) = client(&server, |_| {});
        assert!(
            matches!(ask(&client), Err(AgentError::Failed { reason }) if reason.contains(&status.to_string()))
        );
        assert_eq!(server.seen().len(), 1, "{status}");
    }
    let server = Server::start(|_, _| Reply::status(429, "{\"error\":{\"code\":\"insufficient_quota\"}}"));
    assert!(ask(&client(&server, |_| {}).0).is_err());
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn a_prompt_that_is_too_long_is_called_that() {
    let body = r#"{"error":{"message":"This model's maximum context length is 8192 tokens","code":"context_length_exceeded"}}"#;
    let server = Server::start(move |_, _| Reply::status(400, body));
    let error = ask(&client(&server, |_| {}).0).unwrap_err().to_string();
    assert!(
        error.starts_with("the prompt is longer than the model's context (400 Bad Request): "),
        "{error}"
    );
}

#[test]
fn garbage_is_shown_in_short_and_paid_for() {
    let server = Server::start(|_, _| Reply::status(200, &format!("<html>{}", "ü".repeat(9_000))));
    let (client, _) = client(&server, |_| {});
    let error = ask(&client).unwrap_err();
    assert!(
        matches!(&error, AgentError::Protocol { reason } if reason.starts_with("the reply is not JSON: <html>ü"))
    );
    assert!(error.to_string().chars().count() < 400);
    assert!(client.spent().output_tokens == 1024 && server.seen().len() == 1);
}

#[test]
fn a_reply_without_end_is_cut() {
    let server = Server::start(|_, _| Reply::ok(&"x".repeat(3 << 20), None));
    let (client, _) = client(&server, |spec| spec.max_response = 1 << 20);
    let error = ask(&client).unwrap_err().to_string();
    assert_eq!(error, "the answer cannot be read: the reply is longer than 1048576 bytes");
}

#[test]
fn a_slow_answer_is_out_of_time() {
    let server = Server::start(|_, _| Reply::Waits(Duration::from_secs(5), completion("late", None)));
    let (client, _) = client(&server, |spec| {
        spec.timeout = 0.2;
        spec.retries = 0;
    });
    assert!(matches!(ask(&client), Err(AgentError::TimedOut { seconds }) if seconds == 0.2));
    // It may have been worked on, so it is paid for.
    assert_eq!(client.spent().output_tokens, 1024);
}

#[test]
fn lost_connections_are_tried_again() {
    let server = Server::start(|number, _| match number {
        0 => Reply::Resets,
        1 => Reply::BreaksOff,
        _ => Reply::ok("here", None),
    });
    let (client, _) = client(&server, |_| {});
    let answer = ask(&client).unwrap();
    assert_eq!((answer.text.as_str(), answer.usage.calls), ("here", 3));
}

#[test]
fn nobody_listens() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut spec = OpenAiSpec::new(&format!("http://127.0.0.1:{port}"), "m");
    spec.retries = 0;
    let client = spec.open(&setting()).unwrap();
    assert!(
        matches!(ask(&client), Err(AgentError::Failed { reason }) if reason.starts_with("no reply from http://127"))
    );
    assert_eq!((client.spent().calls, client.spent().input_tokens), (1, 0));
}

#[test]
fn redirects_are_not_followed() {
    let other = Server::start(|_, _| Reply::ok("stolen", None));
    let to = other.url.clone();
    let server = Server::start(move |_, _| Reply::Says(307, vec![("location", to.clone())], String::new()));
    let error = ask(&client(&server, |_| {}).0).unwrap_err().to_string();
    assert!(error.contains("points to http://127.0.0.1:") && other.seen().is_empty(), "{error}");
}

#[test]
fn many_threads_together_never_overrun_a_limit() {
    let server = Server::start(|_, _| Reply::ok("a", Some((100, 50))));
    for limit in ["calls", "tokens", "cost"] {
        let before = server.seen().len() as u64;
        let (client, _) = client(&server, |spec| {
            spec.max_tokens = 50;
            spec.prices = Some(Prices { input: 1.0, output: 1.0 });
            match limit {
                "calls" => spec.max_calls = Some(11),
                "tokens" => spec.max_tokens_total = Some(5_000),
                _ => spec.max_cost = Some(0.005),
            }
        });
        let refused = std::sync::atomic::AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..8 {
                        if let Err(error) = ask(&client) {
                            assert!(
                                matches!(&error, AgentError::Budget { what } if what.contains(limit)),
                                "{error}"
                            );
                            refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                        }
                    }
                });
            }
        });
        let (asked, spent) = (server.seen().len() as u64 - before, client.spent());
        assert_eq!((spent.calls, asked + refused.into_inner()), (asked, 64));
        // As much is spent as surely fits: the next call might have used more than was left.
        let fewest = if limit == "calls" { 11 } else { 20 };
        assert!((fewest..=33).contains(&asked), "{limit}: {asked}");
        assert!(limit != "tokens" || spent.input_tokens + spent.output_tokens <= 5_000);
        assert!(limit != "cost" || spent.cost <= 0.005);
    }
}

#[test]
fn what_a_server_does_not_count_is_paid_at_its_most() {
    let server = Server::start(|_, _| Reply::ok("a", None));
    let (client, _) = client(&server, |spec| spec.prices = Some(Prices { input: 0.0, output: 1_000.0 }));
    let usage = ask(&client).unwrap().usage;
    assert_eq!(usage, Usage { calls: 1, input_tokens: 0, output_tokens: 0, cost: 1.024 });
    assert_eq!(client.spent().cost, 1.024);
}

#[test]
fn the_key_is_nowhere_to_be_seen() {
    let json = serde_json::Value::from(KEY).to_string();
    let echo = [
        Reply::ok(&format!("your key is {KEY} [1]"), None),
        Reply::status(401, &format!("{{\"error\":{{\"message\":{json}}}}}")),
        Reply::status(401, &format!("bad key {KEY}")),
        // A cut in the middle of the key.
        Reply::status(400, &format!("{}{KEY}", "x".repeat(280))),
        Reply::status(200, &format!("not json {KEY}")),
        Reply::status(200, &format!("{{\"unexpected\":{json}}}")),
        Reply::status(500, &format!("{{\"detail\":{}}}", json.replace('/', "\\/"))),
        Reply::Says(302, vec![("location", format!("http://evil/?k={KEY}"))], String::new()),
        Reply::Says(429, vec![("retry-after", KEY.to_owned())], format!("[{json}]")),
    ];
    let count = echo.len();
    let echo = Mutex::new(echo.into_iter().map(Some).collect::<Vec<_>>());
    let server = Server::start(move |number, _| echo.lock().unwrap()[number].take().unwrap());
    let (client, _) = client(&server, |spec| spec.retries = 0);
    let part = "0123456789";
    for number in 0..count {
        let said = match ask(&client) {
            Ok(answer) => serde_json::to_string(&answer).unwrap() + &format!("{answer:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!said.contains(part), "{number}: {said}");
    }
    assert_eq!(server.seen().len(), count);
    let shown = format!("{client:?} {:?} {:?}", client.client.headers, client.secrets);
    assert!(!shown.contains(part), "{shown}");
}

#[test]
fn fingerprints_tell_what_matters() {
    let of = |change: &dyn Fn(&mut OpenAiSpec)| {
        let mut spec = OpenAiSpec::new("https://h/v1", "m");
        change(&mut spec);
        let client = spec.open(&setting()).unwrap();
        (Agent::fingerprint(&client), ChatModel::fingerprint(&client))
    };
    let (agent, model) = of(&|_| {});
    assert_eq!(of(&|spec| spec.base_url = "https://h/v1/chat/completions".to_owned()), (agent, model));
    assert_eq!(of(&|spec| spec.api_key_env = Some("TEST_KEY".to_owned())), (agent, model));
    assert_eq!(of(&|spec| spec.max_calls = Some(3)), (agent, model));
    let prompt = of(&|spec| spec.prompt.version = Some("2".to_owned()));
    assert!(prompt.0 != agent && prompt.1 == model);
    let changes: [&dyn Fn(&mut OpenAiSpec); 5] = [
        &|spec| spec.model = "n".to_owned(),
        &|spec| spec.temperature = Some(0.0),
        &|spec| spec.seed = Some(1),
        &|spec| spec.max_tokens = 9,
        &|spec| drop(spec.body.insert("top_p".to_owned(), json!(0.5))),
    ];
    for change in changes {
        let other = of(change);
        assert!(other.0 != agent && other.1 != model);
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let text = |change: &dyn Fn(&mut OpenAiSpec)| refuse(change).to_string();
    assert_eq!(
        text(&|spec| spec.api_key_env = Some("NO_KEY".to_owned())),
        "`api_key_env` names the environment variable NO_KEY, which is not set"
    );
    assert!(matches!(
        refuse(|spec| spec.api_key_env = Some("EMPTY".to_owned())),
        AgentSpecError::NoVariable { name, .. } if name == "EMPTY"
    ));
    assert_eq!(
        text(&|spec| drop(spec.headers.insert("X-API-Key".to_owned(), "s".to_owned()))),
        "`headers.X-API-Key` would hold a secret; name an environment variable under `headers_env`"
    );
    assert_eq!(text(&|spec| spec.max_cost = Some(1.0)), "`max_cost` needs `prices`");
    assert_eq!(
        text(&|spec| spec.timeout = f64::NAN),
        "`timeout` must be a number of seconds, above 0 and at most 86400"
    );
    for url in ["ftp://h/v1", "h", "", "http://u:p@h/v1", "http://h/v1?k=1"] {
        assert!(text(&|spec| spec.base_url = url.to_owned()).starts_with("`base_url` must be "), "{url}");
    }
    assert!(
        text(&|spec| drop(spec.body.insert("stream".to_owned(), json!(true))))
            .starts_with("`body.stream` must")
    );
    let abroad = |spec: &mut OpenAiSpec| {
        spec.base_url = "http://models.example/v1".to_owned();
        spec.api_key_env = Some("TEST_KEY".to_owned());
    };
    assert!(text(&abroad).starts_with("`base_url` must be https where a secret is sent to another machine"));
}
