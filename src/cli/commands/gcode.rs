use crate::cli::Status;
use crate::cli::args::{Common, GcodeArgs};
use crate::cli::progress::Line;
use crate::error::Result;
use crate::job;

pub(in crate::cli) fn run(args: &GcodeArgs, common: &Common) -> Result<Status> {
    let options = job::GcodeOptions {
        rig: args.rig.as_deref(),
        registration: args.registration.as_deref(),
        require_all: args.require_all,
    };
    let outcome = job::gcode(&args.plan, &args.out, options, &Line::new(common.quiet))?;
    super::tell(&outcome, common)
}
