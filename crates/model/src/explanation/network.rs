//! Explanation of a failure that the network of a program may have caused.

/// How messages begin to tell that a socket could not be made.
const NO_SOCKET: [&str; 2] = ["ddress family not supported by protocol", "EAFNOSUPPORT"];

/// How messages tell that nothing is reached.
const NO_WAY: [&str; 7] = [
    "etwork is unreachable",
    "ENETUNREACH",
    "ame or service not known",
    "emporary failure in name resolution",
    "ENOTFOUND",
    "EAI_AGAIN",
    "UnknownHostException",
];

/// What these error messages tell of the network, in a sentence; none if they tell nothing of it.
pub(super) fn explain(errors: &[u8]) -> Option<&'static str> {
    let has_one_of = |texts: &[&str]| {
        texts.iter().any(|text| errors.windows(text.len()).any(|piece| piece == text.as_bytes()))
    };
    if has_one_of(&NO_SOCKET) {
        Some(
            "The program was given no network. If it needs a loopback interface, ask for one with \"network\": \"loopback\" \
             (coderunner run --network loopback).",
        )
    } else if has_one_of(&NO_WAY) {
        Some("Programs reach no network but their own loopback interface, 127.0.0.1.")
    } else {
        None
    }
}
