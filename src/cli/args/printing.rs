use clap::{Args, ValueEnum};
use clap_complete::Shell;

/// List the built-in rig profiles, or print one as a starting point for your own.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure rigs\n  tonsure rigs gantry-xyzab > my-rig.json")]
pub(in crate::cli) struct RigsArgs {
    /// Print this profile.
    pub(in crate::cli) name: Option<String>,
}

/// Print the JSON Schema of a file format.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tonsure schema case > case.schema.json")]
pub(in crate::cli) struct SchemaArgs {
    /// Which format.
    #[arg(value_enum)]
    pub(in crate::cli) format: SchemaFormat,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::cli) enum SchemaFormat {
    Case,
    Rig,
    Registration,
    Dialect,
}

/// Print the completion script of a shell.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  tonsure completions bash > /etc/bash_completion.d/tonsure")]
pub(in crate::cli) struct CompletionsArgs {
    /// Which shell.
    #[arg(value_enum)]
    pub(in crate::cli) shell: Shell,
}

/// Print the manual page of tonsure, or of one of its commands.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  tonsure man > tonsure.1\n  tonsure man plan | man -l -")]
pub(in crate::cli) struct ManArgs {
    /// The command.
    pub(in crate::cli) command: Option<String>,
}
