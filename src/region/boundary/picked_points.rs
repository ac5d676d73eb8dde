use roxmltree::{Document, Node, ParsingOptions};

use super::Boundary;
use super::labels::Labelled;
use crate::error::{Error, Finding, Result, Severity};
use crate::geometry::{Point, Units, parse_finite};

/// Picked points of MeshLab: `<point x y z name active/>` in the order of picking; a closed loop.
pub(super) fn read(bytes: &[u8], mesh_units: Units) -> Result<Boundary> {
    let broken = |found: String, line: usize| {
        Error::input(found)
            .place(format!("line {line}"))
            .expected("an XML file of picked points")
            .remedy("save the points in MeshLab again")
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.iter().take(error.valid_up_to());
        broken("bytes that are not UTF-8".to_owned(), 1 + before.filter(|&&byte| byte == b'\n').count())
    })?;
    // MeshLab writes a document type, which the parser refuses unless told otherwise.
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| broken(format!("broken XML ({error})"), error.pos().row as usize))?;
    let root = document.root_element();
    if root.tag_name().name() != "PickedPoints" {
        return Err(broken(format!("the element \"{}\"", root.tag_name().name()), 1).expected("PickedPoints"));
    }
    let mut listed = Labelled::default();
    let mut inactive = 0;
    for point in root.children().filter(|node| node.has_tag_name("point")) {
        if point.attribute("active") == Some("0") {
            inactive += 1;
            continue;
        }
        let line = document.text_pos_at(point.range().start).row;
        let place = |error: Error| error.place(format!("line {line}"));
        let position = position(point, mesh_units.in_mm()).map_err(place)?;
        listed.add(point.attribute("name").unwrap_or_default(), position).map_err(place)?;
    }
    let findings = if inactive > 0 {
        let message = format!("{inactive} points that are switched off in MeshLab are left out");
        vec![Finding::new("boundary-points-inactive", Severity::Warn, message).times(inactive)]
    } else {
        Vec::new()
    };
    Ok(Boundary {
        name: String::new(),
        units: mesh_units,
        points: listed.line,
        closed: true,
        inside_point: listed.inside_point,
        landmarks: listed.landmarks,
        findings,
    })
}

fn position(point: Node<'_, '_>, in_mm: f64) -> Result<Point> {
    let coordinate = |name: &str| {
        let text = point.attribute(name).unwrap_or_default();
        parse_finite(text).map(|value| value * in_mm).ok_or_else(|| {
            Error::input(format!("{name}=\"{text}\""))
                .expected("a finite number")
                .remedy("correct the point, or delete it")
        })
    };
    Ok(Point::new(coordinate("x")?, coordinate("y")?, coordinate("z")?))
}
