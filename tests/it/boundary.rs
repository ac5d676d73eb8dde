//! Tests of the boundary file readers: what each format gives, and what each says of bad input.

mod loops;

use std::fmt::Write as _;

use proptest::prelude::*;
use tonsure::Error;
use tonsure::error::Severity;
use tonsure::geometry::{Point, Units};
use tonsure::region::boundary::{self, Boundary, check_span};

const RING: [[f64; 3]; 4] = [[90.0, 0.0, 5.0], [0.0, 80.0, 6.0], [-90.0, 1.0, 7.0], [0.0, -80.0, 8.0]];

fn ring_mm() -> Vec<Point> {
    RING.map(Point::from).to_vec()
}

fn read(text: &str, name: &str) -> Boundary {
    boundary::read(text.as_bytes(), name, Units::Millimetre).unwrap()
}

fn refusal(text: &str, name: &str) -> String {
    let error: Error = boundary::read(text.as_bytes(), name, Units::Millimetre).unwrap_err();
    error.to_string()
}

#[track_caller]
fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "\"{part}\" is missing in: {message}");
    }
}

/// A markups file with one markup of the given type, system and labelled points.
fn markups(kind: &str, head: &str, points: &[(&str, [f64; 3])]) -> String {
    let controls: Vec<String> = points
        .iter()
        .map(|(label, position)| {
            format!(r#"{{"id": "1", "label": "{label}", "position": {position:?}, "positionStatus": "defined"}}"#)
        })
        .collect();
    format!(
        r#"{{"@schema": "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/markups-schema-v1.0.3.json#",
           "markups": [{{"type": "{kind}", {head} "locked": false, "controlPoints": [{}]}}]}}"#,
        controls.join(", ")
    )
}

fn curve_points() -> Vec<(&'static str, [f64; 3])> {
    RING.map(|p| ("C-1", p)).to_vec()
}

fn picked(points: &[(&str, [f64; 3], bool)]) -> String {
    let mut text =
        "<!DOCTYPE PickedPoints>\n<PickedPoints>\n <DocumentData><User name=\"a\"/></DocumentData>\n".to_owned();
    for (name, [x, y, z], active) in points {
        writeln!(text, " <point x=\"{x}\" y=\"{y}\" name=\"{name}\" active=\"{}\" z=\"{z}\"/>", u8::from(*active))
            .unwrap();
    }
    text + "</PickedPoints>\n"
}

#[test]
fn a_hairline_file_is_read_in_its_own_unit() {
    let text = r#"{"name": "n", "mesh": "m.ply", "units": "cm", "hairline": [[9, 0, 0.5], [0, 8, 0.6], [-9, 0.1, 0.7]],
        "inside_point": [0, 0, 10], "landmarks": {"glabella": [1, 2, 3], "vertex": [0, 0, 10]}}"#;
    let boundary = boundary::read(text.as_bytes(), "a.hairline.json", Units::Metre).unwrap();
    assert_eq!(boundary.name, "n");
    assert!(boundary.closed);
    assert_eq!(boundary.points, [[90.0, 0.0, 5.0], [0.0, 80.0, 6.0], [-90.0, 1.0, 7.0]].map(Point::from));
    assert_eq!(boundary.inside_point, Some(Point::new(0.0, 0.0, 100.0)));
    assert_eq!(boundary.landmarks.glabella, Some([10.0, 20.0, 30.0]));
    assert_eq!(boundary.landmarks.inion, None);
    assert!(boundary.findings.is_empty());
}

#[test]
fn a_frontal_curve_is_marked_as_open() {
    let text = r#"{"units": "mm", "closed": false, "hairline": [[9, 0, 5], [0, 8, 6], [-9, 1, 7]]}"#;
    let boundary = read(text, "dir/front.hairline.json");
    assert!(!boundary.closed);
    assert_eq!(boundary.name, "front.hairline.json");
}

#[test]
fn repeated_points_are_left_out_and_told() {
    let text = r#"{"units": "mm", "hairline": [[9, 0, 5], [9, 0, 5], [0, 8, 6], [-9, 1, 7], [9, 0, 5]]}"#;
    let boundary = read(text, "a.json");
    assert_eq!(boundary.points.len(), 3);
    assert_eq!((boundary.findings[0].code.as_str(), boundary.findings[0].count), ("boundary-repeated-points", 2));
}

#[test]
fn slicer_lines_in_lps_and_ras_are_the_same_line() {
    let ras: Vec<_> = RING.map(|[x, y, z]| ("", [-x, -y, z])).to_vec();
    for (kind, closed) in [("ClosedCurve", true), ("Curve", false), ("Fiducial", true)] {
        for head in [r#""coordinateSystem": "LPS", "coordinateUnits": "mm","#, r#""coordinateSystem": 1,"#, ""] {
            let boundary = read(&markups(kind, head, &curve_points()), "a.mrk.json");
            assert_eq!((boundary.points, boundary.closed), (ring_mm(), closed), "{kind} {head}");
        }
        for head in [r#""coordinateSystem": "RAS","#, r#""coordinateSystem": "0","#] {
            assert_eq!(read(&markups(kind, head, &ras), "a.mrk.json").points, ring_mm(), "{kind} {head}");
        }
    }
}

#[test]
fn slicer_numbers_are_taken_in_the_unit_of_the_scan() {
    let text = markups("Curve", r#""coordinateUnits": "mm","#, &curve_points());
    let boundary = boundary::read(text.as_bytes(), "a.MRK.json", Units::Inch).unwrap();
    assert_eq!(boundary.points[0], Point::new(90.0 * 25.4, 0.0, 5.0 * 25.4));
    assert_eq!(boundary.findings[0].code, "boundary-units-of-scan");
}

#[test]
fn labelled_points_of_slicer_and_meshlab_are_landmarks() {
    let marks = [("Left Tragus", [1.0, 2.0, 3.0]), ("inside-point", [4.0, 5.0, 6.0]), ("VERTEX", [7.0, 8.0, 9.0])];
    let mut points = curve_points();
    points.splice(2..2, marks);
    let listed: Vec<_> = points.iter().map(|&(name, p)| (name, p, true)).collect();
    let slicer = read(&markups("Fiducial", "", &points), "a.mrk.json");
    let meshlab = read(&picked(&listed), "a.pp");
    for boundary in [slicer, meshlab] {
        assert_eq!(boundary.points, ring_mm());
        assert_eq!(boundary.landmarks.left_tragus, Some([1.0, 2.0, 3.0]));
        assert_eq!(boundary.landmarks.vertex, Some([7.0, 8.0, 9.0]));
        assert_eq!(boundary.inside_point, Some(Point::new(4.0, 5.0, 6.0)));
    }
}

#[test]
fn point_lists_of_slicer_are_read_in_either_system() {
    let rows = "a,9,0,5,0,0,0,1,1,1,0,F-1,,\nb,0,8,6,0,0,0,1,1,1,0,\"F-2, again\",,\nc,-9,1,7,0,0,0,1,1,1,0,F-3,,\n\
        d,1,2,3,0,0,0,1,1,1,0,inion,,\n";
    let columns = "# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID\n";
    let lps = [[9.0, 0.0, 5.0], [0.0, 8.0, 6.0], [-9.0, 1.0, 7.0]].map(|p| Point::from(p) * 10.0).to_vec();
    let ras: Vec<Point> = lps.iter().map(|p| Point::new(-p.x, -p.y, p.z)).collect();
    for (head, points) in [
        ("# Markups fiducial file version = 4.11\n# CoordinateSystem = LPS\n", &lps),
        ("# Markups fiducial file version = 4.10\n# CoordinateSystem = 0\n", &ras),
        ("", &ras),
    ] {
        let text = format!("{head}{columns}{rows}");
        let boundary = boundary::read(text.as_bytes(), "a.FCSV", Units::Centimetre).unwrap();
        assert_eq!((&boundary.points, boundary.closed), (points, true), "{head}");
        assert!(boundary.landmarks.inion.is_some());
    }
    let unnamed = boundary::read(rows.as_bytes(), "a.fcsv", Units::Centimetre).unwrap();
    assert_eq!(unnamed.points, ras);
    // Slicer 3 had the label first.
    let old = "# columns = label,x,y,z,sel,vis\nF1,9,0,5,1,1\nF2,0,8,6,1,1\nF3,-9,1,7,1,1\n";
    assert_eq!(boundary::read(old.as_bytes(), "a.fcsv", Units::Centimetre).unwrap().points, ras);

    assert_says(&refusal("# CoordinateSystem = IJK\na,1,2,3\n", "a.fcsv"), &["a.fcsv: line 1", "IJK", "LPS"]);
    assert_says(&refusal("a,1,2,3\nb,1,x,3\n", "a.fcsv"), &["line 2", "\"x\" in the column y", "finite"]);
    assert_says(&refusal("a,1\n", "a.fcsv"), &["line 1", "\"\" in the column y"]);
}

#[test]
fn points_left_out_are_counted() {
    let curve = markups("ClosedCurve", "", &curve_points());
    let list = r#"{"type": "Fiducial", "controlPoints": [{"label": "F-1", "position": [1, 2, 3]},
        {"label": "F-2", "positionStatus": "undefined"}]}, {"type": "#;
    let both = read(&curve.replacen(r#"{"type": "#, list, 1), "a.mrk.json");
    assert_eq!(both.points, ring_mm());
    let seen: Vec<_> = both.findings.iter().map(|f| (f.code.as_str(), f.count, f.severity)).collect();
    assert_eq!(seen, [("boundary-points-unused", 1, Severity::Warn), ("boundary-points-unplaced", 1, Severity::Warn)]);

    let mut listed = RING.map(|p| ("0", p, true)).to_vec();
    listed.insert(1, ("off", [1.0, 1.0, 1.0], false));
    let meshlab = read(&picked(&listed), "a.pp");
    assert_eq!(meshlab.points, ring_mm());
    assert_eq!((meshlab.findings[0].code.as_str(), meshlab.findings[0].count), ("boundary-points-inactive", 1));
}

#[test]
fn wide_gaps_are_measured_around_the_whole_loop() {
    let mut boundary = read(r#"{"units": "mm", "hairline": [[0, 0, 0], [10, 0, 0], [20, 0, 0]]}"#, "a.json");
    let finding = boundary.wide_gaps().unwrap();
    assert_eq!(finding.count, 1);
    assert_says(&finding.message, &["20 mm", "point 2"]);
    boundary.closed = false;
    assert_eq!(boundary.wide_gaps(), None);
}

#[test]
fn axes_are_turned_only_when_that_lays_the_line_on_the_scan() {
    let scan = ring_mm();
    let distance = |p: &Point| scan.iter().map(|q| nalgebra::distance(p, q)).fold(f64::INFINITY, f64::min);
    let as_drawn = read(&markups("ClosedCurve", "", &curve_points()), "a.mrk.json");
    assert_eq!(as_drawn.clone().settle_axes(0.5, distance), as_drawn);

    // A line and a scan that were both saved as RAS: the reader turns the line, the scan stays.
    let both_ras = read(&markups("ClosedCurve", r#""coordinateSystem": "RAS","#, &curve_points()), "a.mrk.json");
    let settled = both_ras.settle_axes(0.5, distance);
    assert_eq!(settled.points, ring_mm());
    assert_eq!(settled.findings.last().unwrap().code, "boundary-axes-turned");

    let elsewhere = read(r#"{"units": "mm", "hairline": [[500, 0, 0], [510, 0, 0], [520, 9, 0]]}"#, "a.json");
    assert_eq!(elsewhere.clone().settle_axes(0.5, distance), elsewhere);
}

#[test]
fn the_size_of_a_head_is_asked_for() {
    let ring = |size: f64| RING.map(|p| Point::from(p.map(|c| c * size)));
    check_span(&ring(1.0), Units::Millimetre).unwrap();
    let message = check_span(&ring(0.001), Units::Millimetre).unwrap_err().to_string();
    assert_says(&message, &["spans 0.18 mm with units mm", "100 to 350 mm", "with units m it would be 180 mm"]);
    let message = check_span(&ring(25.4), Units::Inch).unwrap_err().to_string();
    assert_says(&message, &["4572 mm", "with units mm it would be 180 mm"]);
    let message = check_span(&ring(1e-9), Units::Millimetre).unwrap_err().to_string();
    assert_says(&message, &["no unit fits"]);
}

#[test]
fn bad_files_are_refused_with_place_and_remedy() {
    let hairline = |body: &str| refusal(&format!(r#"{{"units": "mm", {body}}}"#), "a.hairline.json");
    let slicer = |kind: &str, head: &str| refusal(&markups(kind, head, &curve_points()), "a.mrk.json");
    let ring = r#""hairline": [[9, 0, 5], [0, 8, 6], [-9, 1, 7]]"#;

    assert_says(&refusal(" \n", "a.hairline.json"), &["a.hairline.json", "empty file"]);
    assert_says(&refusal("{}", "a.txt"), &["a.txt", "unknown ending", "*.mrk.json"]);
    assert_says(&refusal("{\n \"units\": mm}", "a.json"), &["a.json: line 2 column 11", "expected value"]);
    assert_says(&refusal("{\"units\": \"mm\"", "a.json"), &["EOF", "line 1"]);
    assert_says(&refusal(&format!("{{\"units\": \"mm\", {ring}}} x"), "a.json"), &["trailing characters"]);
    assert_says(&hairline(r#""hairlin": []"#), &["hairlin", "did you mean \"hairline\"?"]);
    assert_says(
        &hairline(&format!(r#"{ring}, "landmarks": {{"glabela": [1, 2, 3]}}"#)),
        &["did you mean \"glabella\"?"],
    );
    assert_says(&hairline(r#""units": "mm""#), &["the key \"units\" twice"]);
    assert_says(&hairline(r#""name": "n""#), &["add \"hairline\""]);
    assert_says(&hairline(r#""hairline": [[0, 0, 0], [1, null, 0]]"#), &["hairline[1][1]", "null", "a number"]);
    assert_says(&hairline(r#""hairline": [[0, 0, 0], [1, NaN, 0]]"#), &["line 1 column"]);
    assert_says(&hairline(r#""hairline": [[0, 0, 1e999], [1, 0, 0]]"#), &["line 1 column", "number out of range"]);
    assert_says(&hairline(r#""hairline": [[0, 0], [1, 0, 0]]"#), &["hairline[0]", "a list of 2", "a list of 3"]);
    assert_says(&hairline(r#""hairline": [[0, 0, 0], [1, 0, 0]]"#), &["2 different points", "at least 3"]);
    assert_says(&hairline(r#""hairline": [[0, 0, 0], [1, 0, 0], [1, 0, 0]]"#), &["2 different points"]);
    assert_says(
        &refusal(r#"{"units": "m", "hairline": [[0, 0, 0], [1e307, 0, 0], [1, 1, 0]]}"#, "a.json"),
        &["point 1", "too large"],
    );
    assert_says(&refusal(&format!(r#"{{"units": "furlong", {ring}}}"#), "a.json"), &["units", "furlong", "mm, cm"]);

    assert_says(&slicer("Line", ""), &["markups[0].type", "Line", "ClosedCurve"]);
    assert_says(&slicer("Curve", r#""coordinateSystem": "HFS","#), &["markups[0].coordinateSystem", "HFS", "LPS"]);
    assert_says(&slicer("Curve", r#""coordinateUnits": "parsec","#), &["markups[0].coordinateUnits", "parsec"]);
    assert_says(
        &slicer("Curve", r#""coordinateUnits": "cm","#),
        &["markups[0].coordinateUnits", "unit cm", "unit, mm"],
    );
    assert_says(&refusal(r#"{"markups": []}"#, "a.mrk.json"), &["a.mrk.json", "0 different points"]);
    let twice = r#"{"markups": [{"type": "Curve"}, {"type": "Fiducial"}, {"type": "ClosedCurve"}]}"#;
    assert_says(&refusal(twice, "a.mrk.json"), &["2 curves", "markups[0] and [2]"]);
    let misspelt = markups("Fiducial", "", &[("left_tragis", [0.0; 3])]);
    assert_says(&refusal(&misspelt, "a.mrk.json"), &["markups[0].controlPoints[0]", "did you mean \"left_tragus\"?"]);

    assert_says(&refusal("<PickedPoints>\n<point =", "a.pp"), &["a.pp: line 2", "broken XML"]);
    assert_says(&refusal("<Points/>", "a.pp"), &["the element \"Points\"", "PickedPoints"]);
    assert_says(&refusal(&picked(&[("0", [f64::NAN, 0.0, 0.0], true)]), "a.pp"), &["line 4", "x=\"NaN\"", "finite"]);
    assert_says(&refusal("<PickedPoints>\n<point x=\"1\" y=\"2\"/></PickedPoints>", "a.pp"), &["line 2", "z=\"\""]);
    let twice = picked(&[("inion", [0.0; 3], true), ("Inion", [1.0; 3], true)]);
    assert_says(&refusal(&twice, "a.pp"), &["line 5", "a second point labelled \"Inion\"", "each landmark once"]);
    let not_text = boundary::read(b"<PickedPoints>\n\xff", "a.pp", Units::Millimetre).unwrap_err().to_string();
    assert_says(&not_text, &["line 2", "UTF-8"]);
}

proptest! {
    /// A damaged file is answered, never a crash, and what is still accepted is a usable line.
    #[test]
    fn damaged_files_never_break_a_reader(
        format in 0_usize..4, at in 0.0_f64..1.0, cut in 0_usize..40, patch in "[\\x20-\\x7e\\n]{0,12}"
    ) {
        let (name, mut text) = match format {
            0 => ("a.json", format!(r#"{{"units": "mm", "hairline": {RING:?}, "landmarks": {{"inion": [1, 2, 3]}}}}"#)),
            1 => ("a.mrk.json", markups("Curve", "", &curve_points())),
            2 => ("a.fcsv", RING.map(|[x, y, z]| format!("id,{x},{y},{z},0,0,0,1,1,1,0,F,,\n")).concat()),
            _ => ("a.pp", picked(&RING.map(|p| ("1", p, true)))),
        };
        let start = (at * text.len() as f64) as usize;
        text.replace_range(start..(start + cut).min(text.len()), &patch);
        if let Ok(boundary) = boundary::read(text.as_bytes(), name, Units::Metre) {
            prop_assert!(boundary.points.len() >= 3);
            prop_assert!(boundary.points.iter().all(|p| p.iter().all(|c| c.is_finite())));
        }
    }

    /// Every format gives back the points that were written, to the last bit.
    #[test]
    fn points_survive_every_format(
        points in prop::collection::vec(prop::array::uniform3(-300.0_f64..300.0), 3..40)
    ) {
        let expected: Vec<Point> = points.iter().copied().map(Point::from).collect();
        let own = format!(r#"{{"units": "mm", "hairline": {points:?}}}"#);
        let labelled: Vec<_> = points.iter().map(|&p| ("C", p)).collect();
        let active: Vec<_> = points.iter().map(|&p| ("1", p, true)).collect();
        prop_assert_eq!(&read(&own, "a.json").points, &expected);
        prop_assert_eq!(&read(&markups("Curve", "", &labelled), "a.mrk.json").points, &expected);
        prop_assert_eq!(&read(&picked(&active), "a.pp").points, &expected);
    }
}

#[test]
fn the_hairlines_of_real_heads_are_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/meshes");
    let Ok(entries) = std::fs::read_dir(folder) else {
        eprintln!("skipped: {folder} is absent");
        return;
    };
    let mut read_files = 0;
    for path in entries.map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with(".hairline.json") {
            let boundary = boundary::read(&std::fs::read(&path).unwrap(), &name, Units::Millimetre).unwrap();
            assert_eq!(boundary.points.len(), 200, "{name}");
            check_span(&boundary.points, Units::Millimetre).unwrap();
            assert!(boundary.landmarks.left_tragus.is_some() && boundary.inside_point.is_some(), "{name}");
            read_files += 1;
        }
    }
    assert_eq!(read_files, 5);
}
