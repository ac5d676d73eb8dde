use crate::cli::Status;
use crate::cli::args::{Common, ResumeArgs};
use crate::cli::progress::Line;
use crate::error::Result;
use crate::job;

pub(in crate::cli) fn run(args: &ResumeArgs, common: &Common) -> Result<Status> {
    let options = job::ResumeOptions {
        after_dot: args.after_dot,
        after_line: args.program.as_deref().zip(args.after_line.map(|line| line as usize)),
        journal: args.journal.as_deref(),
        registration: args.registration.as_deref(),
        style: super::style(args.verbose_gcode),
    };
    let outcome = job::resume(&args.plan, &args.out, options, &Line::new(common.quiet))?;
    super::tell(&outcome, common)
}
