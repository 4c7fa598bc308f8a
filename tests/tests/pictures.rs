//! Pictures: drawings of turtles and images of programs, while they run and as files.

use serde_json::{Value, json};
use testkit::{LiveSession, Server, python};
use wire::{DrawData, FileBody, ImageData, JobStatusName, ResultBody, RunReason, ServerFrame, SubmitBody};

const SQUARE: &str =
    "import turtle\nfor _ in range(4):\n    turtle.forward(100)\n    turtle.left(90)\nprint('drawn')\n";

/// What came during a session.
#[derive(Default)]
struct Seen {
    commands: Vec<Value>,
    images: Vec<ImageData>,
    output: String,
}

impl Seen {
    fn has_command(&self, name: &str) -> bool {
        self.commands.iter().any(|command| command[0] == name)
    }

    fn take(&mut self, frame: ServerFrame) {
        match frame {
            ServerFrame::Draw(DrawData { commands }) => {
                let Ok(Value::Array(commands)) = serde_json::to_value(commands) else {
                    panic!("is an array")
                };
                self.commands.extend(commands);
            }
            ServerFrame::Artifact(image) => self.images.push(image),
            ServerFrame::Output(output) => self.output.push_str(&output.text),
            ServerFrame::Queued(_) | ServerFrame::Started(_) => {}
            ServerFrame::Finished(finished) => panic!("{finished:?} too early"),
            ServerFrame::Error(error) => panic!("{error:?}"),
        }
    }

    /// Waits until this holds, before the program ends.
    async fn until(&mut self, session: &mut LiveSession, holds: impl Fn(&Self) -> bool) {
        while !holds(self) {
            self.take(session.next().await.expect("a frame"));
        }
    }

    async fn finish(&mut self, mut session: LiveSession) -> ResultBody {
        loop {
            match session.next().await.expect("a frame") {
                ServerFrame::Finished(finished) => return *finished.result,
                frame => self.take(frame),
            }
        }
    }
}

async fn start(server: &Server, language: &str, code: &str, more: Value) -> LiveSession {
    let mut frame = json!({"type": "start", "language": language, "code": code, "artifacts": true});
    frame.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    let mut session = LiveSession::connect(server.client()).await;
    session.send(frame).await;
    session
}

fn names(result: &ResultBody) -> Vec<&str> {
    result.artifacts.iter().map(|artifact| artifact.name.as_str()).collect()
}

async fn svg(server: &Server, result: &ResultBody) -> String {
    assert_eq!(names(result), ["turtle.svg"], "{result:#?}");
    assert_eq!(result.artifacts[0].media_type, "image/svg+xml");
    server.client().get(&result.artifacts[0].url).await.expect(200).text()
}

#[tokio::test]
async fn a_turtle_draws_while_its_program_runs_and_leaves_a_file() {
    let server = Server::start().await;
    for pty in [Value::Null, json!({"cols": 80, "rows": 24})] {
        let mut session =
            start(&server, "python", &format!("{SQUARE}input('go on? ')\n"), json!({"pty": pty})).await;
        let mut seen = Seen::default();
        seen.until(&mut session, |seen| seen.has_command("line")).await;
        let early = seen.commands.len();
        seen.until(&mut session, |seen| seen.output.contains("go on? ")).await;
        assert!(seen.commands.len() > early + 10, "{:?}", seen.commands);
        // The last changes come although the program only waits.
        let corners = json!([0, 0, 100, 0, 100, -100, 0, -100, 0, 0]);
        seen.until(&mut session, |seen| {
            seen.commands.iter().any(|command| command[0] == "line" && command[2] == corners)
        })
        .await;
        session.send_stdin("\n").await;
        let result = seen.finish(session).await;
        assert_eq!(result.run.as_ref().and_then(|run| run.exit_code), Some(0), "{result:#?}");
        assert!(!seen.output.contains('\u{1b}') && !result.output.contains('\u{1b}'), "{:?}", result.output);
        assert!(result.output.starts_with("drawn"), "{:?}", result.output);
        let svg = svg(&server, &result).await;
        assert!(svg.contains(r#"<polyline points="0,-0 100,-0 100,-100 0,-100 -0,-0""#), "{svg}");
    }
}

#[tokio::test]
async fn the_drawing_of_a_session_can_be_followed_as_events() {
    let server = Server::start().await;
    let mut session = start(&server, "python", &format!("input()\n{SQUARE}"), Value::Null).await;
    let id = session.until_started().await;
    let mut events = server.client().follow(&id, None).await;
    events.next_named("started").await;
    session.send_stdin("\n").await;
    let first = events.next_named("draw").await;
    assert_eq!(first.data["commands"][0][0], "time", "{first:?}");
    let names: Vec<_> = events.rest().await.into_iter().map(|event| event.name).collect();
    assert!(names.iter().filter(|name| *name == "draw").count() > 5, "{names:?}");
    assert_eq!(names.last().map(String::as_str), Some("finished"));
}

#[tokio::test]
async fn a_job_without_a_viewer_only_leaves_the_file_and_takes_no_time_for_it() {
    let server = Server::start().await;
    let code = format!("{SQUARE}turtle.speed(1)\nturtle.circle(200)\nturtle.done()\n");
    let result = server.client().run(&SubmitBody { artifacts: Some(true), ..python(&code) }).await;
    let run = result.run.as_ref().expect("it ran");
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("drawn\n", ""));
    assert!(svg(&server, &result).await.contains("<polyline"));
}

#[tokio::test]
async fn the_file_is_left_when_an_exception_ends_the_program() {
    let server = Server::start().await;
    let code = format!("{SQUARE}turtle.color('blurple')\n");
    let result = server.client().run(&SubmitBody { artifacts: Some(true), ..python(&code) }).await;
    let run = result.run.as_ref().expect("it ran");
    assert_eq!(run.exit_code, Some(1));
    assert!(
        run.stderr.ends_with("turtle.TurtleGraphicsError: bad color string: blurple\n"),
        "{}",
        run.stderr
    );
    assert!(svg(&server, &result).await.contains("<polyline"));
}

#[tokio::test]
async fn a_file_of_the_submission_comes_before_our_module_and_nothing_else_changes() {
    let server = Server::start().await;
    let own = FileBody { name: "turtle.py".into(), content: "print('my own')".into(), encoding: None };
    let program = SubmitBody {
        files: Some(vec![own]),
        ..python("import turtle, sys\nprint('tkinter' in sys.modules)")
    };
    assert_eq!(server.client().run(&program).await.output, "my own\nFalse\n");
    let code = "import sys, turtle\nprint('tkinter' in sys.modules)\nimport tkinter";
    let result = server.client().run(&python(code)).await;
    let run = result.run.as_ref().expect("it ran");
    assert_eq!(run.stdout, "False\n");
    assert!(run.stderr.contains("No module named 'tkinter'"), "{}", run.stderr);
}

/// Runs a script that checks our module, in a sandbox.
async fn check_module(script: &str, expected: &str) {
    let server = Server::start().await;
    let result = server.client().run(&python(script)).await;
    assert_eq!(result.output, expected, "{result:#?}");
}

#[tokio::test]
async fn names_and_parameters_are_those_of_the_standard_library() {
    check_module(include_str!("../turtle/signatures.py"), "True: all are the same\n").await;
}

#[tokio::test]
async fn positions_headings_and_colours_are_those_of_the_standard_library() {
    check_module(include_str!("../turtle/states.py"), "the states are the same\n").await;
}

#[tokio::test]
async fn questions_are_asked_in_the_output() {
    let server = Server::start().await;
    let code = "import turtle\nprint(turtle.textinput('Hello', 'Your name?'), turtle.numinput('Age', 'How old?', minval=1))";
    let mut session = start(&server, "python", code, Value::Null).await;
    let mut seen = Seen::default();
    seen.until(&mut session, |seen| seen.output.ends_with("Hello: Your name? ")).await;
    session.send_stdin("Ada\n").await;
    for answer in ["x\n", "0\n", "36\n"] {
        seen.until(&mut session, |seen| seen.output.ends_with("Age: How old? ")).await;
        seen.output.clear();
        session.send_stdin(answer).await;
    }
    seen.finish(session).await;
    assert_eq!(seen.output, "Ada 36.0\n");
}

#[tokio::test]
async fn keys_clicks_and_timers_run_their_handlers() {
    let server = Server::start().await;
    let code = "import turtle\nscreen = turtle.Screen()\nscreen.onkey(lambda: print('up'), 'Up')\n\
                screen.onclick(lambda x, y: (print('click', x, y), screen.bye()))\n\
                screen.ontimer(lambda: print('timer'), 20)\nscreen.listen()\nscreen.mainloop()\nprint('over')";
    let mut session = start(&server, "python", code, Value::Null).await;
    let mut seen = Seen::default();
    let listens = json!(["listen", ["Up"], true]);
    seen.until(&mut session, |seen| seen.commands.contains(&listens) && seen.output == "timer\n").await;
    let event = |event: &str| format!("\u{1b}]1337;Custom=id=coderunner-event:{event}\u{7}");
    session.send_stdin(&event(r#"["keyup","Up"]"#)).await;
    seen.until(&mut session, |seen| seen.output.ends_with("up\n")).await;
    session.send_stdin(&event(r#"["click",3,-4,1]"#)).await;
    seen.finish(session).await;
    assert_eq!(seen.output, "timer\nup\nclick 3.0 4.0\nover\n");
}

#[tokio::test]
async fn any_language_can_show_an_image() {
    let server = Server::start().await;
    let code = "[ \"$CODERUNNER_PICTURES\" ] && printf 'a\\033]1337;File=name=YS5wbmc=;inline=1:iVBORw0KGgo=\\007b\\n'";
    let mut seen = Seen::default();
    let session = start(&server, "bash", code, Value::Null).await;
    let result = seen.finish(session).await;
    let image =
        ImageData { name: "a.png".into(), content_type: "image/png".into(), content: "iVBORw0KGgo=".into() };
    assert_eq!((seen.images, seen.output.as_str(), result.output.as_str()), (vec![image], "ab\n", "ab\n"));
}

#[tokio::test]
async fn a_waiting_runtime_is_told_that_pictures_are_shown() {
    let server = Server::start().await;
    for (language, code) in [
        ("python", "import os\nprint(os.environ['CODERUNNER_PICTURES'])"),
        ("javascript", "console.log(process.env.CODERUNNER_PICTURES)"),
    ] {
        let mut seen = Seen::default();
        let session = start(&server, language, code, Value::Null).await;
        seen.finish(session).await;
        assert_eq!(seen.output, "1\n", "{language}");
        let alone = server.client().run(&testkit::program(language, code)).await;
        assert_ne!(alone.output, "1\n", "{language}: nobody looks at a job");
    }
}

#[tokio::test]
async fn no_hostile_sequence_loses_output_or_harms_the_server() {
    let server = Server::start().await;
    let code = r#"
import sys
start = "\x1b]1337;"
texts = [
    "\x1b[31mred\x1b[0m", "\x1b", start, start + "File=", start + "File=inline=1:" + "A" * 100_000, start + "File=inline=1:AAAA\x07",
    start + "Custom=id=coderunner-draw:" + "[" * 60_000 + "\x07", start + "Custom=id=coderunner-draw:[[\"explode\"]]\x07",
    start + "Custom=id=coderunner-draw:[[\"title\",\"\u00e9\"]]\x07", "\x1b]0;title\x07", start * 1000,
]
sys.stdout.write("\n".join(texts))
"#;
    let printed = server.client().run(&python(code)).await.output;
    assert!(printed.len() > 160_000, "{} bytes", printed.len());
    let mut seen = Seen::default();
    let session = start(&server, "python", code, Value::Null).await;
    let result = seen.finish(session).await;
    assert_eq!(result.status, JobStatusName::Completed);
    assert!(
        seen.output == printed && result.output == printed,
        "{} of {} bytes",
        seen.output.len(),
        printed.len()
    );
    assert!(seen.commands.is_empty() && seen.images.is_empty());
}

#[tokio::test]
async fn drawing_without_end_reaches_its_limits_by_name_and_then_that_of_output() {
    let server = Server::start().await;
    let code = "import os\ntext = 'x' * 50_000\npiece = ('\\x1b]1337;Custom=id=coderunner-draw:[[\"title\",\"' + text + '\"]]\\x07').encode()\n\
                while True: os.write(1, piece)";
    let mut seen = Seen::default();
    let session = start(&server, "python", code, Value::Null).await;
    let result = seen.finish(session).await;
    assert_eq!(result.run.as_ref().map(|run| run.reason), Some(RunReason::OutputLimit), "{result:#?}");
    assert_eq!(seen.commands.last(), Some(&json!(["limit", "drawBytes"])));
    assert_eq!((seen.output.as_str(), result.output.as_str()), ("", ""));

    let fast = "import os\npiece = b'\\x1b]1337;Custom=id=coderunner-draw:[' + b','.join([b'[\"clear\"]'] * 500) + b']\\x07'\n\
                for _ in range(100): os.write(1, piece)\nprint('over')";
    let mut seen = Seen::default();
    let session = start(&server, "python", fast, Value::Null).await;
    let result = seen.finish(session).await;
    assert_eq!(result.output, "over\n", "{result:#?}");
    assert!(seen.commands.contains(&json!(["limit", "drawRate"])));
    assert!(seen.commands.len() >= 20_000 && seen.commands.len() < 50_000, "{}", seen.commands.len());
}
