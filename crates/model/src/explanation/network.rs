//! Network failures: recognition of error messages about sockets and name resolution.

/// Parts of messages about a socket that could not be created.
const NO_SOCKET: [&str; 2] = ["ddress family not supported by protocol", "EAFNOSUPPORT"];

/// Parts of messages about an unreachable network or name server.
const UNREACHABLE: [&str; 7] = [
    "etwork is unreachable",
    "ENETUNREACH",
    "ame or service not known",
    "emporary failure in name resolution",
    "ENOTFOUND",
    "EAI_AGAIN",
    "UnknownHostException",
];

/// Explanation of the network failure in these messages, if there is one.
pub(super) fn explain(errors: &[u8]) -> Option<&'static str> {
    let has_one_of = |texts: &[&str]| {
        texts.iter().any(|text| errors.windows(text.len()).any(|piece| piece == text.as_bytes()))
    };
    if has_one_of(&NO_SOCKET) {
        Some(
            "The program was given no network. If it needs a loopback interface, ask for one with \"network\": \"loopback\" \
             (coderunner run --network loopback).",
        )
    } else if has_one_of(&UNREACHABLE) {
        Some("Programs reach no network but their own loopback interface, 127.0.0.1.")
    } else {
        None
    }
}
