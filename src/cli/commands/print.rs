//! Commands that only print something built in.

use clap::CommandFactory;
use schemars::schema_for;
use serde_json::json;

use crate::case::Case;
use crate::cli::args::{Cli, Common, CompletionsArgs, ManArgs, RigsArgs, SchemaArgs, SchemaFormat};
use crate::cli::{Status, print, print_json};
use crate::error::{Error, Result};
use crate::rig::{self, OwnDialect, Profile, Registration};

pub(in crate::cli) fn rigs(args: &RigsArgs, common: &Common) -> Result<Status> {
    let profiles = || rig::builtin_names().filter_map(rig::builtin);
    if let Some(name) = &args.name {
        let profile = rig::builtin(name).ok_or_else(|| {
            let names: Vec<&str> = rig::builtin_names().collect();
            Error::usage(format!("the rig \"{name}\"")).expected(format!("one of {}", names.join(", ")))
        })?;
        return pretty(&profile);
    }
    if common.json {
        print_json(&json!({ "rigs": profiles().collect::<Vec<_>>() }))?;
    } else {
        let lines: Vec<String> = profiles().map(|rig| format!("{:<16}{}\n", rig.name, rig.description)).collect();
        print(lines.concat().as_bytes())?;
    }
    Ok(Status::Done)
}

pub(in crate::cli) fn schema(args: &SchemaArgs) -> Result<Status> {
    pretty(&match args.format {
        SchemaFormat::Case => schema_for!(Case),
        SchemaFormat::Rig => schema_for!(Profile),
        SchemaFormat::Registration => schema_for!(Registration),
        SchemaFormat::Dialect => schema_for!(OwnDialect),
    })
}

pub(in crate::cli) fn completions(args: &CompletionsArgs) -> Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "tonsure", &mut script);
    print(&script)?;
    Ok(Status::Done)
}

pub(in crate::cli) fn man(args: &ManArgs) -> Result<Status> {
    let mut whole = Cli::command();
    // Completes every command with its place below the whole and the options that all have.
    whole.build();
    let page = match &args.command {
        None => whole,
        Some(name) => whole.find_subcommand(name).cloned().ok_or_else(|| {
            let names: Vec<&str> = whole.get_subcommands().map(clap::Command::get_name).collect();
            Error::usage(format!("the command \"{name}\""))
                .expected(format!("one of {}", names.join(", ")))
                .remedy("correct the name, or leave it out for the whole")
        })?,
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text).map_err(|error| Error::system(error.to_string()))?;
    print(&text)?;
    Ok(Status::Done)
}

fn pretty(value: &impl serde::Serialize) -> Result<Status> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| Error::system(error.to_string()))?;
    text.push(b'\n');
    print(&text)?;
    Ok(Status::Done)
}
