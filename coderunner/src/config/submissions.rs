//! Limits of submissions: gateway and service read them here, so both apply the same ones.

use execution::SubmissionLimits;
use model::{Bytes, FileNameLimits};

use super::setting::settings;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
/// A body is in memory as a whole, twice for a batch.
const MAX_BODY: u64 = 64 * MIB;
/// Results are in memory until an answer is sent.
const MAX_RESULTS: u64 = 256 * MIB;
/// Each submission of a batch is counted, checked and recorded.
const MAX_BATCH: usize = 1000;
/// Names of files go to a sandbox in one message of 128 KiB: so many, of such a length, are less.
const MAX_FILES: usize = 100;
const MAX_NAME: u64 = 1000;
/// Each is made when the sandbox is filled.
const MAX_FOLDERS: usize = 32;
/// They go to a sandbox in one message.
const MAX_ARGS_TOTAL: u64 = SubmissionLimits::MAX_ARGS_TOTAL.get();
const MAX_ARGS: usize = 1000;

settings! {
    /// Submissions: limits on their size. Processes with the roles gateway and execution need the same values.
    pub(crate) struct SubmissionsConfig {
        /// Maximum size of the body of a request, with one submission or many, in bytes.
        max_body_bytes: u64 = SubmissionLimits::default().max_body.get(), 64 * KIB..=MAX_BODY;
        /// Maximum number of submissions of a batch, and of results in one request.
        max_batch: usize = SubmissionLimits::default().max_batch, 1..=MAX_BATCH;
        /// Maximum size of a response with many results, in bytes. It always has one result; clients ask again for the others.
        max_results_bytes: u64 = SubmissionLimits::default().max_results.get(), 1..=MAX_RESULTS;
        /// Maximum size of `code`, in bytes.
        max_code_bytes: u64 = SubmissionLimits::default().max_code.get(), 1..=MAX_BODY;
        /// Maximum number of files of a submission, including `code`.
        max_files: usize = SubmissionLimits::default().max_files, 1..=MAX_FILES;
        /// Maximum size of a file, in bytes.
        max_file_bytes: u64 = SubmissionLimits::default().max_file.get(), 1..=MAX_BODY;
        /// Maximum length of the name of a file with its folders, in bytes.
        max_file_name_bytes: u64 = SubmissionLimits::default().names.max_length.get(), 1..=MAX_NAME;
        /// Maximum number of folders in the name of a file.
        max_folders: usize = SubmissionLimits::default().names.max_folders, ..=MAX_FOLDERS;
        /// Maximum size of standard input, in bytes.
        max_stdin_bytes: u64 = SubmissionLimits::default().max_stdin.get(), ..=MAX_BODY;
        /// Maximum number of command-line arguments.
        max_args: usize = SubmissionLimits::default().max_args, ..=MAX_ARGS;
        /// Maximum size of an argument, in bytes.
        max_arg_bytes: u64 = SubmissionLimits::default().max_arg.get(), ..=MAX_ARGS_TOTAL;
        /// Maximum size of all arguments together, in bytes, with a terminating byte for each.
        max_args_total_bytes: u64 = SubmissionLimits::default().max_args_total.get(), ..=MAX_ARGS_TOTAL;
        /// Maximum size of code, a file or standard input in the record of the job, in bytes. Larger content is stored as an
        /// object.
        max_inline_bytes: u64 = SubmissionLimits::default().max_inline.get(), ..=4 * MIB;
    }
}

impl SubmissionsConfig {
    /// Limits for the gateway and the service.
    pub(crate) fn limits(&self) -> SubmissionLimits {
        SubmissionLimits {
            max_body: Bytes(self.max_body_bytes),
            max_batch: self.max_batch,
            max_results: Bytes(self.max_results_bytes),
            max_code: Bytes(self.max_code_bytes),
            max_files: self.max_files,
            max_file: Bytes(self.max_file_bytes),
            names: FileNameLimits {
                max_length: Bytes(self.max_file_name_bytes),
                max_folders: self.max_folders,
            },
            max_inline: Bytes(self.max_inline_bytes),
            max_stdin: Bytes(self.max_stdin_bytes),
            max_args: self.max_args,
            max_arg: Bytes(self.max_arg_bytes),
            max_args_total: Bytes(self.max_args_total_bytes),
            ..SubmissionLimits::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Config, load::refuse},
        *,
    };

    #[test]
    fn the_gateway_and_the_service_get_the_same_limits() {
        let config =
            Config::parse_valid("submissions = { max_body_bytes = 65536, max_batch = 3, max_folders = 0 }");
        let (limits, gateway) = (config.submissions.limits(), config.gateway_settings().expect("is sound"));
        assert_eq!((limits.max_body, limits.max_batch), (Bytes(65536), 3));
        assert_eq!((gateway.max_body, gateway.max_batch), (limits.max_body, limits.max_batch));
        assert_eq!(limits.names.max_folders, 0, "no folders at all");
        assert_eq!(Config::default().submissions.limits(), SubmissionLimits::default());
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        for (setting, value) in [
            ("max_body_bytes", 65_535),
            ("max_batch", 0),
            ("max_batch", 1001),
            ("max_results_bytes", 0),
            ("max_code_bytes", 0),
            ("max_files", 0),
            ("max_files", 101),
            ("max_file_bytes", 67_108_865),
            ("max_file_name_bytes", 0),
            ("max_folders", 33),
            ("max_args", 1001),
            ("max_arg_bytes", 98_305),
            ("max_args_total_bytes", 98_305),
            ("max_inline_bytes", 4_194_305),
        ] {
            refuse(
                &format!("submissions.{setting} = {value}"),
                &format!("submissions.{setting} must be a whole number"),
            );
        }
    }
}
