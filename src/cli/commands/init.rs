use std::path::{Path, PathBuf};

use super::write_output;
use crate::cli::args::{Common, InitArgs};
use crate::cli::{Status, say, say_findings};
use crate::error::{Error, Result};
use crate::geometry::Units;
use crate::mesh;
use crate::rig;

/// The case with a place for everything that the scan cannot tell. Comments are allowed in cases.
const TEMPLATE: &str = include_str!("init_case.jsonc");

pub(in crate::cli) fn run(args: &InitArgs, common: &Common) -> Result<Status> {
    let to_stdout = args.output.as_os_str() == "-";
    if !to_stdout && args.output.exists() {
        return Err(Error::usage("a file that is there already")
            .file(args.output.display().to_string())
            .expected("a new file")
            .remedy("name another file with -o, or delete this one"));
    }
    let scan = mesh::load(&args.mesh, args.units)?;
    let units = args.units.or(scan.summary.unit_guess).unwrap_or(scan.summary.units);
    let text = case_text(&args.mesh, &args.output, units, &size_line(&scan.summary, units))?;
    write_output(&args.output, |out| out.write_all(text.as_bytes()))?;
    say_findings(common, &scan.findings);
    if !to_stdout {
        let shown = args.output.display();
        say(common, &format!("wrote {shown}; fill in depth_mm, then run: tonsure plan {shown} --out out"));
    }
    Ok(Status::Done)
}

fn size_line(summary: &mesh::MeshSummary, units: Units) -> String {
    let [x, y, z] = summary.size_mm.map(|size| size / summary.units.in_mm() * units.in_mm());
    format!("{} triangles, {x:.0} x {y:.0} x {z:.0} mm", summary.triangles)
}

fn case_text(mesh: &Path, output: &Path, units: Units, size: &str) -> Result<String> {
    let json = |text: &str| serde_json::to_string(text).map_err(|error| Error::system(error.to_string()));
    let file = relative_to(mesh, output)?;
    let hairline = file.with_extension("hairline.json");
    let rigs = rig::builtin_names().collect::<Vec<_>>().join(", ");
    Ok(TEMPLATE
        .replace("{mesh}", &json(&file.to_string_lossy())?)
        .replace("{hairline}", &json(&hairline.to_string_lossy())?)
        .replace("{units}", units.symbol())
        .replace("{size}", size)
        .replace("{rigs}", &rigs))
}

/// The mesh as the case will name it: by its bare name where both lie in one folder, else by its full path.
fn relative_to(mesh: &Path, output: &Path) -> Result<PathBuf> {
    let full = |path: &Path| {
        std::path::absolute(path).map_err(|error| Error::system(error.to_string()).file(path.display().to_string()))
    };
    let (mesh, output) = (full(mesh)?, full(output)?);
    Ok(match mesh.strip_prefix(output.parent().unwrap_or(Path::new("/"))) {
        Ok(inside) => inside.to_owned(),
        Err(_) => mesh,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Case;

    #[test]
    fn the_starting_case_lacks_nothing_but_the_depth() {
        let text =
            case_text(Path::new("a/scan \"1\".ply"), Path::new("a/case.json"), Units::Metre, "2 triangles").unwrap();
        let error = Case::parse(text.as_bytes(), "case.json").unwrap_err().to_string();
        assert!(error.contains("add \"depth_mm\"; it has no default"), "{error}");
        let filled = text.replacen("// \"depth_mm\"", "\"depth_mm\"", 1);
        let case = Case::parse(filled.as_bytes(), "case.json").unwrap();
        assert_eq!((case.mesh.file.as_str(), case.mesh.units), ("scan \"1\".ply", Units::Metre));
        assert_eq!(case.boundary.file, "scan \"1\".hairline.json");
    }
}
