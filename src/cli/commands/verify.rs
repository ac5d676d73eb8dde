use serde_json::json;

use crate::cli::args::{Common, VerifyArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print, print_json, say_findings, status_of};
use crate::error::Result;
use crate::job::{PlanFolder, Stages, open_input};

pub(in crate::cli) fn run(args: &VerifyArgs, common: &Common) -> Result<Status> {
    let line = Line::new(common.quiet);
    let mut stages = Stages::new(&line);
    stages.begin("load");
    let file = args.program.display().to_string();
    let mut program = open_input(&args.program)?;
    let plan = args.plan.clone().unwrap_or_else(|| args.program.with_file_name("plan.json"));
    let folder = PlanFolder::read(&plan)?;
    stages.begin("verify");
    let verdict = folder.verify_lines(&mut *program).map_err(|error| error.file(&file))?;
    let seconds = super::seconds(&stages.finish());
    drop(line);
    say_findings(common, &verdict.findings);
    if common.json {
        print_json(&json!({
            "count": verdict.strikes, "area_mm2": folder.plan.statistics.area_mm2, "verdict": verdict.verdict, "findings": verdict.findings, "seconds": seconds,
        }))?;
    } else {
        print(format!("{} {file}: {} strikes\n", verdict.verdict, verdict.strikes).as_bytes())?;
    }
    Ok(status_of(verdict.verdict))
}
