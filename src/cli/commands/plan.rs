use crate::cli::Status;
use crate::cli::args::{Common, PlanArgs};
use crate::cli::progress::Line;
use crate::error::Result;
use crate::job;

pub(in crate::cli) fn run(args: &PlanArgs, common: &Common) -> Result<Status> {
    let options = job::PlanOptions {
        seed: args.seed,
        smooth_mm: args.smooth,
        require_all: args.require_all,
        style: super::style(args.verbose_gcode),
    };
    let outcome = job::plan(&args.case, &args.out, options, &Line::new(common.quiet))?;
    super::tell(&outcome, common)
}
