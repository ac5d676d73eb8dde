//! Readers and writers: what is prescribed, what is refused.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tonsure::error::ErrorKind;
use tonsure::geometry::{Point, PointsTable};
use tonsure::route::{Cost, Tour, TsplibMetric, read_tsp, write_route_csv, write_tour};

use super::random_points;

#[test]
fn tsplib_distances_are_the_prescribed_integers() {
    let between = |weights: &str, a: &str, b: &str| {
        let text = format!("DIMENSION: 2\nEDGE_WEIGHT_TYPE: {weights}\nNODE_COORD_SECTION\n1 {a}\n2 {b}\nEOF\n");
        read_tsp(text.as_bytes()).unwrap().cost().cost(0, 1)
    };
    for (weights, a, b, expected) in [
        ("EUC_2D", "0 0", "1 1", 1.0),
        ("EUC_2D", "0 0", "1.5 2", 3.0),
        ("EUC_3D", "0 0 0", "2 3 6", 7.0),
        ("CEIL_2D", "0 0", "1 1", 2.0),
        ("CEIL_2D", "0 0", "3 4", 5.0),
        ("MAN_2D", "0 0", "1.2 -2.2", 3.0),
        ("MAN_3D", "0 0 1", "1 2 4", 6.0),
        ("MAX_2D", "0 0", "1.2 -2.6", 3.0),
        ("MAX_3D", "0 0 9", "1 2 4", 5.0),
        ("ATT", "0 0", "10 0", 4.0),
        ("ATT", "0 0", "3 1", 1.0),
    ] {
        assert_eq!(between(weights, a, b).to_bits(), f64::to_bits(expected), "{weights} {a} {b}");
    }
}

#[test]
fn a_tsplib_file_is_read_whatever_its_spacing() {
    let text = "\u{feff}NAME : tiny \r\nTYPE : TSP (made up)\r\nCOMMENT : a: b\r\nDIMENSION : 3\r\nEDGE_WEIGHT_TYPE:EUC_2D\r\n\
                NODE_COORD_SECTION\r\n 2 1e1 -5\r\n1\t0 0.5\r\n\r\n3 7 8\r\nEOF\r\n";
    let instance = read_tsp(text.as_bytes()).unwrap();
    assert_eq!((instance.name.as_str(), instance.metric), ("tiny", TsplibMetric::Euclidean));
    assert_eq!(instance.points, [[0.0, 0.5], [10.0, -5.0], [7.0, 8.0]].map(|[x, y]| Point::new(x, y, 0.0)));
}

#[test]
fn broken_tsplib_files_are_refused_with_the_line() {
    let head = "NAME: x\nTYPE: TSP\nDIMENSION: 2\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n";
    let with = |nodes: &str| format!("{head}{nodes}");
    for (text, expected) in [
        (String::new(), "no NODE_COORD_SECTION"),
        ("x,y\n1,2\n".to_owned(), "no NODE_COORD_SECTION"),
        (with("1 0 0\n2 1 nan\nEOF\n"), "line 7: found \"2 1 nan\""),
        (with("1 0 0\n2 1 1e999\nEOF\n"), "line 7"),
        (with("1 0 0\n2 1\nEOF\n"), "line 7"),
        (with("1 0 0\n2 1 2 3\nEOF\n"), "line 7"),
        (with("1 0 0\n0 1 2\nEOF\n"), "line 7"),
        (with("1 0 0\n3 1 2\nEOF\n"), "line 7"),
        (with("1 0 0\n1 1 2\nEOF\n"), "line 7: found node 1 for the second time, after line 6"),
        (with("1 0 0\nEOF\n"), "found 1 nodes; expected 2 nodes"),
        (with("1 0 0\n2 1 2\n3 1 2\n"), "line 8"),
        ("DIMENSION: 4000000000\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n1 0 0\n".to_owned(), "found 1 nodes"),
        ("DIMENSION: many\n".to_owned(), "line 1: found the dimension \"many\""),
        ("TYPE: ATSP\n".to_owned(), "line 1: found the type \"ATSP\""),
        ("DIMENSION: 2\nEDGE_WEIGHT_TYPE: EXPLICIT\n".to_owned(), "line 2: found the edge weight type \"EXPLICIT\""),
        ("DIMENSION: 2\nEDGE_WEIGHT_TYPE: XRAY1\n".to_owned(), "expected one of EUC_2D, EUC_3D"),
        ("DIMENSION: -3\n".to_owned(), "found the dimension \"-3\""),
        (with("1 0 0\n2 1 0x10\nEOF\n"), "line 7"),
        (with("1 0 0\n2 1 1,5\nEOF\n"), "line 7"),
        (with("1 0 0\n-1\n2 1 1\n"), "found 1 nodes"),
        (with("1 0 0\n2 in"), "line 7: found \"2 in\""),
        ("DIMENSION: 2\nNODE_COORD_SECTION\n1 0 0\n".to_owned(), "no EDGE_WEIGHT_TYPE above it"),
        ("EDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n1 0 0\n".to_owned(), "no DIMENSION above it"),
        ("EDGE_WEIGHT_SECTION\n".to_owned(), "line 1: found the section EDGE_WEIGHT_SECTION"),
        (with("1 0 0\n2 1 1\nFIXED_EDGES_SECTION\n1 2\n-1\nEOF\n"), "line 8: found the section FIXED_EDGES_SECTION"),
        (
            with("1 0 0\n2 1 1\nDISPLAY_DATA_SECTION\n1 5 5\nFIXED_EDGES_SECTION\n1 2\n-1\n"),
            "line 10: found the section",
        ),
    ] {
        let error = read_tsp(text.as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected) && error.kind() == ErrorKind::Input, "{text:?}: {error}");
    }
}

proptest! {
    #[test]
    fn no_bytes_break_the_tsplib_reader(noise in proptest::collection::vec(any::<u8>(), 0..200), keep in 0_usize..120) {
        let head = b"NAME: x\nDIMENSION: 3\nEDGE_WEIGHT_TYPE: EUC_3D\nNODE_COORD_SECTION\n1 0 0 0\n2 1 1 1\n3 1 2 3\nEOF\n";
        let bytes: Vec<u8> = head.iter().take(keep).chain(&noise).copied().collect();
        if let Ok(instance) = read_tsp(&bytes) {
            prop_assert!(instance.points.iter().all(|point| point.iter().all(|x| x.is_finite())));
        }
    }
}

#[test]
fn orders_are_written_as_csv_and_as_tsplib_tour() {
    let points = [[0.1, -2.0, 3.25], [1e-7, 0.0, 123_456.789]].map(Point::from);
    let mut csv = Vec::new();
    write_route_csv(&mut csv, &points, &[1, 0]).unwrap();
    let expected = "x_mm,y_mm,z_mm,row,order\n0.0000001,0,123456.789,1,0\n0.1,-2,3.25,0,1\n";
    assert_eq!(String::from_utf8(csv).unwrap(), expected);

    let mut tour = Vec::new();
    write_tour(&mut tour, "two", &of(vec![1, 0], true)).unwrap();
    let expected = "NAME : two\nCOMMENT : length 12.5\nTYPE : TOUR\nDIMENSION : 2\nTOUR_SECTION\n2\n1\n-1\nEOF\n";
    assert_eq!(String::from_utf8(tour).unwrap(), expected);
}

#[test]
fn a_full_disk_and_a_wrong_order_are_errors_of_the_right_kind() {
    let points = random_points(3, 13);
    let mut full = [0_u8; 40];
    let error = write_route_csv(&mut &mut full[..], &points, &[0, 1, 2]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WriteZero);
    let error = write_tour(&mut &mut full[..], "x", &of(vec![0, 1, 2], true)).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WriteZero);
    let error = write_route_csv(&mut Vec::new(), &points, &[0, 3]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

fn of(order: Vec<u32>, reproducible: bool) -> Tour {
    Tour { order, length: 12.5, reproducible, ..Tour::default() }
}

#[test]
fn a_tour_that_was_cut_says_so() {
    let mut text = Vec::new();
    write_tour(&mut text, "a\nb", &of(vec![0], false)).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with("NAME : a b\nCOMMENT : length 12.5; search cut, not reproducible\nTYPE"), "{text}");
}

/// What real files hold besides: no `EOF`, blank lines and tabs, exponents, large numbers, nodes in any order, other
/// sections behind the coordinates.
#[test]
fn odd_but_right_tsplib_files_are_read() {
    let head = "NAME: x\nTYPE: TSP\nDIMENSION: 3\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_TYPE: TWOD_COORDS\nNODE_COORD_SECTION\n";
    let expected = [[1e9, -1e9], [2.5e-3, 7.0], [0.0, -0.0]].map(|[x, y]| Point::new(x, y, 0.0));
    for nodes in [
        "1 1e9 -1e+09\n2 2.5E-3 7\n3 0 -0\n",
        "3 0 -0\n1 1000000000 -1000000000.0\n2 .0025 +7.\nEOF\n",
        "\t1\t1e9\t-1e9\r\n\r\n 2   0.0025 7\r\n3 0 -0\r\nEOF\r\n",
        "1 1e9 -1e9\n2 0.0025 7\n3 0 -0\nDISPLAY_DATA_SECTION\n1 5 5\n",
        "1 1e9 -1e9\n2 0.0025 7\n3 0 -0\n-1\nEOF\n",
    ] {
        let instance = read_tsp(format!("{head}{nodes}").as_bytes()).unwrap();
        assert_eq!(instance.points, expected, "{nodes:?}");
        assert_eq!(instance.cost().cost(0, 1).to_bits(), 1_414_213_567.0_f64.to_bits());
    }
}

/// A file that was cut short is never taken for a smaller whole one.
#[test]
fn a_truncated_tsplib_file_is_refused() {
    let text = "NAME: x\nTYPE: TSP\nDIMENSION: 4\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 10 0\n3 10 10\n4 0 10";
    assert_eq!(read_tsp(text.as_bytes()).unwrap().points.len(), 4);
    // Up to the last coordinate, whose last digit no reader can miss.
    for end in 0..text.len() - 2 {
        assert!(read_tsp(&text.as_bytes()[..end]).is_err(), "{:?}", &text[..end]);
    }
}

proptest! {
    #[test]
    fn a_route_as_csv_reads_back_bit_for_bit(
        points in proptest::collection::vec(proptest::array::uniform3(-1e9_f64..1e9), 1..30),
    ) {
        let points: Vec<Point> = points.into_iter().map(Point::from).collect();
        let order: Vec<u32> = (0..points.len() as u32).rev().collect();
        let mut csv = Vec::new();
        write_route_csv(&mut csv, &points, &order).unwrap();
        let table = PointsTable::read(&csv).unwrap();
        let rows = table.column("row").unwrap().unwrap();
        let back: BTreeMap<u32, Point> = rows.iter().map(|&row| row as u32).zip(table.points.iter().copied()).collect();
        prop_assert_eq!(back.into_values().collect::<Vec<_>>(), points);
    }
}
