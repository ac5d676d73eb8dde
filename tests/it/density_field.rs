//! Tests: dots are as dense as asked, everywhere.

use proptest::prelude::*;
use tonsure::geometry::Point;
use tonsure::mesh::TriMesh;
use tonsure::sampling::{Domain, Options, SATURATION, Sample, Spacing, graded_spacing_mm, sample};

const RING_MM: f64 = 30.0;
const TUBE_MM: f64 = 11.0;

/// A torus, so that no open edge adds dots.
fn torus() -> TriMesh {
    let (columns, rows) = (240_u32, 90_u32);
    let vertex = |i: u32| {
        let [u, v] = [(i % columns, columns), (i / columns, rows)]
            .map(|(k, of)| f64::from(k) / f64::from(of) * std::f64::consts::TAU);
        let r = RING_MM + TUBE_MM * v.cos();
        Point::new(r * u.cos(), r * u.sin(), TUBE_MM * v.sin())
    };
    let corners = |i: u32| {
        let at = |i: u32, j: u32| (j % rows) * columns + i % columns;
        let (i, j) = (i % columns, i / columns);
        let [a, b, c, d] = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
        [[a, b, c], [a, c, d]]
    };
    TriMesh::new((0..columns * rows).map(vertex).collect(), (0..columns * rows).flat_map(corners).collect()).unwrap()
}

/// Dots asked on a triangle, by the density at its corners, dots per mm².
fn asked_on(mesh: &TriMesh, density: &[f64], triangle: usize) -> f64 {
    let mean = mesh.triangles()[triangle].iter().map(|&v| density[v as usize]).sum::<f64>() / 3.0;
    mesh.triangle_area_mm2(triangle as u32) * mean
}

/// Dots counted and asked in cells of about 64: the places nearest to each of a set of centres.
fn cells(mesh: &TriMesh, density: &[f64], dots: &[Sample]) -> Vec<(f64, f64)> {
    let wide: Vec<f64> = density.iter().map(|density| (64.0 * SATURATION / density).sqrt()).collect();
    let domain = Domain { mesh, spacing: Spacing::PerVertex(&wide) };
    let centres = sample(&domain, &[], &Options { seed: 77, ..Options::default() }).unwrap().dots;
    // By spacing, so that all cells hold about as many.
    let cell_of = |p: &Point| {
        let far = |centre: &Sample| (centre.position - p).norm() / centre.spacing_mm;
        (0..centres.len()).min_by(|&a, &b| far(&centres[a]).total_cmp(&far(&centres[b]))).unwrap()
    };
    let mut cells = vec![(0.0, 0.0); centres.len()];
    let cell_of_triangle: Vec<usize> = (0..mesh.triangles().len() as u32).map(|t| cell_of(&mesh.middle(t))).collect();
    for (triangle, &cell) in cell_of_triangle.iter().enumerate() {
        cells[cell].1 += asked_on(mesh, density, triangle);
    }
    // By triangle on both sides, so that no cell gets dots of another's area.
    for dot in dots {
        cells[cell_of_triangle[dot.at.triangle as usize]].0 += 1.0;
    }
    cells
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_density_asked_is_reached_in_cells_of_64_dots(
        ratio in 1.0..10.0_f64,
        waves in prop::array::uniform3(prop::array::uniform3(-0.06..0.06_f64)),
        phase in 0.0..6.0_f64,
        seed: u64,
    ) {
        let mesh = torus();
        // Between 0 and 1, from long waves.
        let mix = |p: &Point| {
            let sum: f64 = waves.iter().map(|w| (w[0] * p.x + w[1] * p.y + w[2] * p.z + phase).sin()).sum();
            0.5 + 0.5 * (sum / 1.5).clamp(-1.0, 1.0)
        };
        let density: Vec<f64> = mesh.vertices().iter().map(|v| ratio.powf(mix(v)) * 0.45).collect();
        let spacing = graded_spacing_mm(&mesh, &density.iter().map(|d| 100.0 * d).collect::<Vec<_>>());
        let domain = Domain { mesh: &mesh, spacing: Spacing::PerVertex(&spacing) };
        let dots = sample(&domain, &[], &Options { seed, ..Options::default() }).unwrap().dots;
        let asked: f64 = (0..mesh.triangles().len()).map(|t| asked_on(&mesh, &density, t)).sum();
        let bias = dots.len() as f64 / asked - 1.0;
        prop_assert!(bias.abs() < 0.01, "{bias} at 1 : {ratio}");
        let cells = cells(&mesh, &density, &dots);
        let squares: f64 = cells.iter().map(|(counted, asked)| (counted / asked - 1.0).powi(2) * asked).sum();
        let rmse = (squares / asked).sqrt();
        prop_assert!(rmse < 0.06, "{rmse} in {} cells at 1 : {ratio}", cells.len());
    }
}

/// A step of the density, whose spacing is steeper than can be kept, is made gentle on its sparse side only.
#[test]
fn steps_of_the_density_stay_sharp_within_one_spacing() {
    let (side, n) = (60.0, 240_u32);
    let step = side / f64::from(n);
    let vertex = |i: u32| Point::new(f64::from(i % (n + 1)) * step, f64::from(i / (n + 1)) * step, 0.0);
    let corners = |i: u32| {
        let a = i / n * (n + 1) + i % n;
        [[a, a + 1, a + n + 2], [a, a + n + 2, a + n + 1]]
    };
    let mesh =
        TriMesh::new((0..(n + 1) * (n + 1)).map(vertex).collect(), (0..n * n).flat_map(corners).collect()).unwrap();
    let [sparse, dense] = [0.5, 1.5];
    let density: Vec<f64> = mesh.vertices().iter().map(|v| if v.x < 30.0 { sparse } else { dense }).collect();
    let spacing = graded_spacing_mm(&mesh, &density.iter().map(|d| 100.0 * d).collect::<Vec<_>>());
    let domain = Domain { mesh: &mesh, spacing: Spacing::PerVertex(&spacing) };
    let dots: Vec<Sample> =
        (0..16).flat_map(|seed| sample(&domain, &[], &Options { seed, ..Options::default() }).unwrap().dots).collect();
    let one = (SATURATION / sparse).sqrt();
    // Away from the open edges; the strip of one spacing on the sparse side is the step itself.
    let between = |from: f64, to: f64| {
        let inside = |p: &Point| p.x >= from && p.x < to && p.y >= 3.0 && p.y < 57.0;
        dots.iter().filter(|dot| inside(&dot.position)).count() as f64 / (16.0 * (to - from) * 54.0)
    };
    for k in 0..6 {
        let far = 30.0 - one * (1.0 + f64::from(k));
        let reached = between(far - one, far);
        assert!((reached / sparse - 1.0).abs() < 0.1, "{reached} per mm², {k} spacings off the step");
    }
    for k in 0..6 {
        let near = 30.0 + one * f64::from(k);
        let reached = between(near, near + one);
        // Dots in the gentle strip keep less than they were asked, and those behind it stand up to its edge.
        let most = if k == 0 { 0.15 } else { 0.05 };
        assert!((reached / dense - 1.0).abs() < most, "{reached} per mm², {k} spacings behind the step");
    }
}
