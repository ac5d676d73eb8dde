use serde_json::json;

use super::{check_output, write_output};

use crate::cli::args::{Common, VerifyArgs};
use crate::cli::progress::Line;
use crate::cli::{Status, print, print_json, say_findings, status_of};
use crate::error::Result;
use crate::job::{PlanFolder, Stages, open_input};

pub(in crate::cli) fn run(args: &VerifyArgs, common: &Common) -> Result<Status> {
    if let Some(output) = &args.output {
        check_output(output, &[&args.program], common)?;
    }
    let line = Line::new(common.quiet);
    let mut stages = Stages::new(&line);
    stages.begin("load");
    let file = args.program.display().to_string();
    let mut program = open_input(&args.program)?;
    let plan = args.plan.clone().unwrap_or_else(|| args.program.with_file_name("plan.json"));
    let mut folder = PlanFolder::read(&plan)?;
    args.rig.iter().try_for_each(|rig| folder.on_rig(rig))?;
    args.mesh.iter().try_for_each(|mesh| folder.on_mesh(mesh, args.units))?;
    stages.begin("verify");
    let verdict = folder.verify_lines(&mut *program).map_err(|error| error.file(&file))?;
    if let Some(output) = &args.output {
        stages.begin("draw");
        let sheet = folder.picture(&file, &verdict)?;
        write_output(output, |out| out.write_all(sheet.as_bytes()))?;
    }
    let seconds = super::seconds(&stages.finish());
    drop(line);
    say_findings(common, &verdict.findings);
    if common.json {
        print_json(&json!({
            "count": verdict.strikes, "area_mm2": folder.plan.statistics.area_mm2, "verdict": verdict.verdict, "findings": verdict.findings,
            "places": verdict.places, "seconds": seconds,
        }))?;
    } else if args.output.as_ref().is_none_or(|output| output.as_os_str() != "-") {
        print(format!("{} {file}: {} strikes\n", verdict.verdict, verdict.strikes).as_bytes())?;
    }
    Ok(status_of(verdict.verdict))
}
