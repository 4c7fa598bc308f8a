//! Help with mistakes in results: the kind, the place and the words, beside the original message.

use reqwest::Method;
use testkit::{Server, program, python, with_limits};
use wire::{HelpBody, LimitsBody, ResultBody, SubmitBody};

async fn result(server: &Server, program: &SubmitBody) -> ResultBody {
    let id = server.client().submit(program).await;
    server.client().wait_for_result(&id).await
}

#[track_caller]
fn help(job: &ResultBody) -> &HelpBody {
    job.help.as_ref().unwrap_or_else(|| panic!("there is no help: {job:#?}"))
}

#[tokio::test]
async fn a_result_explains_the_mistake_that_ended_the_program() {
    let server = Server::start().await;
    let broken = result(&server, &python("age = 12\nif age > 10\n    print(age)\n")).await;
    let found = help(&broken);
    assert_eq!((found.code.as_str(), found.file.as_str(), found.place.line), ("missing-colon", "main.py", 2));
    assert!(found.text.contains("`if`") && found.text.contains('`'), "{found:?}");
    assert!(broken.run.as_ref().unwrap().stderr.contains("SyntaxError"), "the original message stays");

    let failed = result(&server, &python("names = [\"Ada\"]\n\nprint(names[1])\n")).await;
    let found = help(&failed);
    assert_eq!((found.code.as_str(), found.place.line, found.place.column), ("index-past-end", 3, Some(7)));

    let c = program("c", "#include <stdio.h>\nint main(void) {\n    int x = 5\n    printf(\"%d\", x);\n}\n");
    let compiled = result(&server, &c).await;
    assert_eq!((help(&compiled).code.as_str(), help(&compiled).place.line), ("semicolon-missing", 3));
    assert!(!compiled.compile.as_ref().unwrap().ok);
}

#[tokio::test]
async fn a_result_explains_a_loop_that_a_limit_ended() {
    let server = Server::start().await;
    let endless = python("n = 1\nwhile n > 0:\n    n = n + 1\n");
    let limits = LimitsBody { cpu_ms: Some(300), ..LimitsBody::default() };
    let stopped = result(&server, &with_limits(limits, endless)).await;
    assert_eq!((help(&stopped).code.as_str(), help(&stopped).place.line), ("loop-grows-away", 2));
}

#[tokio::test]
async fn a_limit_has_help_in_every_language() {
    let server = Server::start().await;
    let endless = program("bash", "x=1\nwhile true; do\n  x=2\ndone\n");
    let limits = LimitsBody { cpu_ms: Some(300), ..LimitsBody::default() };
    let stopped = result(&server, &with_limits(limits, endless)).await;
    assert_eq!((help(&stopped).code.as_str(), help(&stopped).place.line), ("limit-cpu", 2));
    assert!(!help(&stopped).next.is_empty(), "{stopped:#?}");
}

#[tokio::test]
async fn help_is_in_the_language_that_the_reader_asks_for() {
    let server = Server::start().await;
    let broken = result(&server, &python("if True\n    pass\n")).await;
    assert_eq!(help(&broken).lang, "en");

    let path = format!("/api/execution/result/{}", broken.job_id);
    let read = async |query: &str, accepted: &str| {
        let request = server.client().request(Method::GET, &format!("{path}{query}"));
        let answer = server.client().send(request.header("Accept-Language", accepted)).await;
        let body: ResultBody = answer.expect(200).parse();
        (help(&body).lang.clone(), help(&body).title.clone())
    };
    let german = ("de".to_owned(), "Der Doppelpunkt fehlt".to_owned());
    assert_eq!(read("", "de-DE,de;q=0.9,en;q=0.5").await, german);
    assert_eq!(read("?lang=de", "en").await, german);
    assert_eq!(read("?lang=en", "de").await.0, "en");
    assert_eq!(read("", "fr").await.0, "en");
    server.client().get(&format!("{path}?lang=xx")).await.problem(400, "bad-parameter");
}

#[tokio::test]
async fn a_program_that_ends_well_gets_notices_and_no_help() {
    let server = Server::start().await;
    let quiet = result(&server, &python("name = \"ada\"\nname.upper()\nprint(name)\n")).await;
    assert_eq!(quiet.help, None);
    let notices: Vec<_> =
        quiet.notices.iter().map(|notice| (notice.code.as_str(), notice.place.line)).collect();
    assert_eq!(notices, [("quiet-method-unused", 2)]);

    let right = result(&server, &python("name = input()\nprint(name.upper())\n")).await;
    assert_eq!(
        (right.help.as_ref().map(|help| help.code.as_str()), right.notices.len()),
        (Some("input-ended"), 0)
    );
}
