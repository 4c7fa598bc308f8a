//! Which request is of which class: one line for each route. A test of the whole system reads the description of the API and
//! fails for a route that has none.

use axum::http::Method;
use traffic::Class;

/// Method, address and class. `{…}` is one part of an address, `{…}*` all that follows.
const CLASSES: [(&str, &str, Class); 23] = [
    ("POST", "/api/execution/submit", Class::Submission),
    ("POST", "/api/execution/submit/grade", Class::Submission),
    // Each submission in it counts.
    ("POST", "/api/execution/batch", Class::Submission),
    ("POST", "/api/submit", Class::Submission),
    ("POST", "/api/submit/grade", Class::Submission),
    // One program each, as soon as it is open.
    ("GET", "/api/execution/session", Class::Submission),
    ("GET", "/api/execution/result/{id}", Class::Read),
    ("GET", "/api/execution/results", Class::Read),
    ("DELETE", "/api/execution/result/{id}", Class::Api),
    ("GET", "/api/execution/stream/{id}", Class::Read),
    ("GET", "/api/execution/artifacts/{id}/{name}*", Class::Read),
    ("DELETE", "/api/execution/{id}", Class::Api),
    ("GET", "/api/execution/queue/stats", Class::Api),
    ("GET", "/api/languages", Class::Api),
    ("GET", "/api/problems", Class::Api),
    ("GET", "/api/problems/{id}", Class::Api),
    ("POST", "/api/problems/{id}/hints/{number}", Class::Api),
    ("GET", "/", Class::Page),
    ("GET", "/health", Class::Page),
    ("GET", "/ready", Class::Page),
    ("GET", "/openapi.json", Class::Page),
    ("GET", "/docs", Class::Page),
    ("GET", "/docs/{name}*", Class::Page),
];

/// The class of a request; none if there is no such route.
pub fn class_of(method: &Method, path: &str) -> Option<Class> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let found = CLASSES.iter().find(|(of, pattern, _)| *of == method && fits(pattern, path));
    found.map(|(_, _, class)| *class)
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut parts) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some(rest), Some(_)) if rest.ends_with("}*") => return true,
            (Some(want), Some(part)) if want == part || (want.starts_with('{') && !part.is_empty()) => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_the_class_of_its_route() {
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
