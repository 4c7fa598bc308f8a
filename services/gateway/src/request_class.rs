//! Request classes for the rate limit: one line per route. A system test compares them with the API description
//! and fails for a missing route.

use axum::http::Method;
use traffic::Class;

/// Method, path and class. `{…}` is one segment of a path, `{…}*` all further ones.
const CLASSES: [(&str, &str, Class); 40] = [
    ("POST", "/api/execution/submit", Class::Submission),
    ("POST", "/api/execution/submit/grade", Class::Submission),
    // Each submission of a batch counts.
    ("POST", "/api/execution/batch", Class::Submission),
    ("POST", "/api/submit", Class::Submission),
    ("POST", "/api/submit/grade", Class::Submission),
    // Counts as one program when it is opened.
    ("GET", "/api/execution/session", Class::Submission),
    ("POST", "/api/execution/session", Class::Submission),
    ("GET", "/api/execution/result/{id}", Class::Read),
    ("GET", "/api/execution/results", Class::Read),
    ("DELETE", "/api/execution/result/{id}", Class::Api),
    ("GET", "/api/execution/stream/{id}", Class::Read),
    ("GET", "/api/execution/artifacts/{id}/{name}*", Class::Read),
    ("DELETE", "/api/execution/{id}", Class::Api),
    // What is typed into a running program, one line or key at a time.
    ("POST", "/api/execution/{id}/stdin", Class::Input),
    ("POST", "/api/execution/{id}/eof", Class::Input),
    ("POST", "/api/execution/{id}/signal", Class::Input),
    ("POST", "/api/execution/{id}/resize", Class::Input),
    ("GET", "/api/drafts/{problem}", Class::Draft),
    ("PUT", "/api/drafts/{problem}", Class::Draft),
    ("POST", "/api/shares", Class::Share),
    ("GET", "/api/shares/{key}", Class::Read),
    ("GET", "/api/execution/queue/stats", Class::Api),
    ("GET", "/api/languages", Class::Api),
    ("GET", "/api/problems", Class::Api),
    ("GET", "/api/problems/{id}", Class::Api),
    ("POST", "/api/problems/{id}/hints/{number}", Class::Api),
    ("GET", "/", Class::Page),
    ("GET", "/s/{key}", Class::Page),
    ("GET", "/assets/{name}*", Class::Page),
    ("GET", "/favicon.ico", Class::Page),
    ("GET", "/favicon.svg", Class::Page),
    ("GET", "/apple-touch-icon.png", Class::Page),
    ("GET", "/manifest.webmanifest", Class::Page),
    ("GET", "/robots.txt", Class::Page),
    ("GET", "/sitemap.xml", Class::Page),
    ("GET", "/health", Class::Page),
    ("GET", "/ready", Class::Page),
    ("GET", "/openapi.json", Class::Page),
    ("GET", "/docs", Class::Page),
    ("GET", "/docs/{name}*", Class::Page),
];

/// The class of a request; `None` without a matching route.
pub fn class_of(method: &Method, path: &str) -> Option<Class> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let found = CLASSES.iter().find(|(of, pattern, _)| *of == method && matches(pattern, path));
    found.map(|(_, _, class)| *class)
}

fn matches(pattern: &str, path: &str) -> bool {
    let (mut pattern_parts, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern_parts.next(), parts.next()) {
            (None, None) => return true,
            (Some(rest), Some(_)) if rest.ends_with("}*") => return true,
            (Some(expected), Some(part))
                if expected == part || (expected.starts_with('{') && !part.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_has_the_class_of_its_route() {
        for (method, path, class) in [
            ("POST", "/api/submit", Some(Class::Submission)),
            ("POST", "/api/execution/submit/grade", Some(Class::Submission)),
            ("GET", "/api/execution/result/0192", Some(Class::Read)),
            ("HEAD", "/api/execution/result/0192", Some(Class::Read)),
            ("GET", "/api/execution/artifacts/0192/a/b.png", Some(Class::Read)),
            ("DELETE", "/api/execution/0192", Some(Class::Api)),
            ("DELETE", "/api/execution/result/0192", Some(Class::Api)),
            ("POST", "/api/execution/batch", Some(Class::Submission)),
            ("GET", "/api/execution/results", Some(Class::Read)),
            ("GET", "/api/problems/add-two", Some(Class::Api)),
            ("POST", "/api/execution/0192/stdin", Some(Class::Input)),
            ("PUT", "/api/drafts/add-two", Some(Class::Draft)),
            ("POST", "/api/shares", Some(Class::Share)),
            ("GET", "/api/shares/abc", Some(Class::Read)),
            ("GET", "/s/abc", Some(Class::Page)),
            ("GET", "/assets/a/b.js", Some(Class::Page)),
            ("GET", "/docs/swagger-ui.css", Some(Class::Page)),
            ("GET", "/docs/", Some(Class::Page)),
            ("GET", "/", Some(Class::Page)),
            ("GET", "/api/submit", None),
            ("GET", "/api/problems/", None),
            ("POST", "/api/problems/add-two/hints/1", Some(Class::Api)),
            ("GET", "/api/problems/add-two/hints/1", None),
            ("GET", "/api/problems/1/2", None),
            ("GET", "/api", None),
            ("GET", "", None),
        ] {
            let method = method.parse().expect("a method");
            assert_eq!(class_of(&method, path), class, "{method} {path}");
        }
    }
}
