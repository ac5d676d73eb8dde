use crate::cli::Status;
use crate::cli::args::{Common, GcodeArgs, OutputFormat};
use crate::cli::progress::Line;
use crate::error::Result;
use crate::job;

pub(in crate::cli) fn run(args: &GcodeArgs, common: &Common) -> Result<Status> {
    let options = job::GcodeOptions {
        rig: args.rig.as_deref(),
        registration: args.registration.as_deref(),
        probed: args.probed.as_deref(),
        require_all: args.require_all,
        format: match args.format {
            OutputFormat::Program => job::Format::Program,
            OutputFormat::Poses => job::Format::Poses,
        },
        style: super::style(args.verbose_gcode),
        frame: args.frame,
        fiducials: args.fiducials,
    };
    let outcome = job::gcode(&args.plan, &args.out, options, &Line::new(common.quiet))?;
    super::tell(&outcome, common)
}
