use super::marks::{Laid, Marks};
use crate::error::{Error, Finding, Result, Severity};

/// Marks that lie farther off than this after the fit, RMS, were not merely located inexactly, mm.
const FAR_MM: f64 = 2.0;
/// A change explains a bad fit when it leaves no more than this share of it.
const EXPLAINS: f64 = 0.25;
/// The same for a reflection, which is one of two: marks near a plane fit either way.
const EXPLAINS_MIRROR: f64 = 0.5;
/// With fewer marks than this, leaving any one out lets the others fit.
const LEAST_TO_LEAVE_ONE_OUT: usize = 5;
/// Pairs are tried up to so many marks: their number grows with the square, and a swap among more stands out by its size.
const MOST_TO_EXCHANGE: usize = 60;

/// What may be wrong with marks that fit badly. Names in the wrong order and reflections are refused; a single mark that
/// is off, or a scan of another size, is told.
pub(super) fn examine(marks: &Marks, laid: &Laid) -> Result<Vec<Finding>> {
    let far_mm = laid.rms_mm;
    if far_mm <= FAR_MM {
        return Ok(Vec::new());
    }
    check_exchanged(marks, laid)?;
    check_mirrored(marks, laid)?;
    Ok(another_size(marks, far_mm).or_else(|| one_off(marks, laid)).into_iter().collect())
}

/// Refuses marks of which two have each other's name. Where left and right of the set are alike, a rig of which an axis
/// counts backwards looks the same: that is told too.
fn check_exchanged(marks: &Marks, laid: &Laid) -> Result<()> {
    let (count, far_mm) = (marks.names.len(), laid.rms_mm);
    if count > MOST_TO_EXCHANGE {
        return Ok(());
    }
    let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
    let mut near: Vec<(f64, usize, usize)> = pairs
        .map(|(a, b)| (marks.exchanged(a, b).rms_mm(false), a, b))
        .filter(|(rms_mm, ..)| *rms_mm < EXPLAINS * far_mm)
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    let Some(&(best_mm, ..)) = near.first() else { return Ok(()) };
    let quoted = |&(_, a, b): &(f64, usize, usize)| format!("\"{}\" and \"{}\"", marks.names[a], marks.names[b]);
    let pairs: Vec<String> = near.iter().map(quoted).collect();
    let found = format!(
        "fiducials that fit within {far_mm:.2} mm RMS, but within {best_mm:.2} mm with {} exchanged",
        pairs.join(", or ")
    );
    let mirrored_mm = marks.rms_mm(true);
    let (found, remedy) = if laid.prefers_mirror && mirrored_mm < EXPLAINS * far_mm {
        (
            format!("{found}, and within {mirrored_mm:.2} mm as a mirror image"),
            "exchange their coordinates in scan or rig, or measure them again; if the names are right, an axis of rig or \
             scan counts the wrong way",
        )
    } else {
        (found, "exchange their coordinates in scan or rig, or measure them again")
    };
    Err(Error::input(found).place("fiducials").expected("each place under its own name").remedy(remedy))
}

/// Refuses marks that fit only as a mirror image.
fn check_mirrored(marks: &Marks, laid: &Laid) -> Result<()> {
    let far_mm = laid.rms_mm;
    let mirrored_mm = marks.rms_mm(true);
    if !laid.prefers_mirror || mirrored_mm >= EXPLAINS_MIRROR * far_mm {
        return Ok(());
    }
    let found = format!("fiducials that fit within {far_mm:.2} mm, but mirrored within {mirrored_mm:.2} mm");
    Err(Error::input(found)
        .place("fiducials")
        .expected("the same handedness in scan and rig")
        .remedy("swap left and right, or correct the axes"))
}

/// Tells of a scan that is larger or smaller than the head.
fn another_size(marks: &Marks, far_mm: f64) -> Option<Finding> {
    let [in_scan, in_rig] = marks.radii_mm();
    let factor = in_rig / in_scan;
    if marks.stretched(factor).rms_mm(false) >= EXPLAINS * far_mm {
        return None;
    }
    let percent = 100.0 * (factor - 1.0).abs();
    let how = if factor > 1.0 { "larger" } else { "smaller" };
    let message =
        format!("the fiducials are {percent:.1} % {how} in the rig than in the scan, and fit if it is scaled");
    Some(
        Finding::new("scan-scale", Severity::Warn, message)
            .times(marks.names.len())
            .remedy("check the scanner's scale, the scan's unit and the rig's steps per mm"),
    )
}

/// Tells of one mark without which the others fit.
fn one_off(marks: &Marks, laid: &Laid) -> Option<Finding> {
    let count = marks.names.len();
    if count < LEAST_TO_LEAVE_ONE_OUT {
        return None;
    }
    let without = (0..count).filter_map(|i| Some((marks.without(i).lay(false)?, i)));
    let (rest, i) = without.min_by(|a, b| a.0.rms_mm.total_cmp(&b.0.rms_mm))?;
    if rest.rms_mm >= EXPLAINS * laid.rms_mm {
        return None;
    }
    let off_mm = (rest.mesh_to_rig.point(&marks.mesh[i]) - marks.rig[i]).norm();
    let message = format!(
        "\"{}\" lies {off_mm:.1} mm from where the other fiducials put it, which fit within {:.2} mm RMS",
        marks.names[i], rest.rms_mm
    );
    Some(Finding::new("fiducial-off", Severity::Warn, message).times(1).remedy("measure it again, or leave it out"))
}
