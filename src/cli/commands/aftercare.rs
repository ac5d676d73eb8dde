use std::path::PathBuf;

use crate::cli::args::{AftercareArgs, Common};
use crate::cli::{Status, print};
use crate::error::{Error, Result};
use crate::job::read_input;
use crate::plan::Plan;
use crate::treatment::aftercare::{TEMPLATE, sheet};

pub(in crate::cli) fn run(args: &AftercareArgs, common: &Common) -> Result<Status> {
    if args.print_template {
        print(TEMPLATE.as_bytes())?;
        return Ok(Status::Done);
    }
    let (Some(path), Some(output)) = (&args.plan, &args.output) else {
        return Err(Error::usage("no plan or no -o").expected("a plan, and a file for the sheet"));
    };
    let inputs: Vec<_> = [Some(path), args.template.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect();
    super::check_output(output, &inputs, common)?;
    let plan = Plan::parse(&read_input(path)?, &path.display().to_string())?;
    let html = match &args.template {
        None => sheet(&plan.case, TEMPLATE)?,
        Some(template) => {
            let file = template.display().to_string();
            let text = String::from_utf8(read_input(template)?).map_err(|_| {
                Error::input("bytes that are no UTF-8").file(&file).expected("a text").remedy("save it as UTF-8")
            })?;
            sheet(&plan.case, &text).map_err(|error| error.file(file))?
        }
    };
    super::write_output(output, |out| out.write_all(html.as_bytes()))?;
    Ok(Status::Done)
}
