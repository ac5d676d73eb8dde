//! Damage to the skin's triangles: taken away, turned, torn, repeated.

use rand::RngExt;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64;
use tonsure::geometry::{Point, Vector};
use tonsure::mesh::refine_where;

use super::head::centroid;
use super::{Damaged, FileKind, Head, Hole, Soup};

/// The scan in finer triangles where `edge_mm` says so, and which of them are skin; the same surface.
fn fine(head: &Head, edge_mm: impl Fn(&Point) -> Option<f64>) -> (Soup, Vec<bool>) {
    let is_too_long = |a: &Point, b: &Point| {
        let length = (b - a).norm();
        // An edge reaches as far as its ends and its middle.
        [*a, nalgebra::center(a, b), *b].iter().filter_map(&edge_mm).any(|longest| length > longest)
    };
    let refined = refine_where(&head.mesh, &[], is_too_long).unwrap();
    let on_skin = refined.parent.iter().map(|&t| head.on_skin[t as usize]).collect();
    let (vertices, triangles) = refined.mesh.into_parts();
    (Soup { vertices, triangles }, on_skin)
}

/// Fine triangles out to a little beyond the radius around places.
fn fine_around(head: &Head, places: &[Point], radius_mm: f64) -> (Soup, Vec<bool>) {
    // Coarse triangles around a place are halved wherever they may reach it.
    let index = |p: &Point| places.iter().map(|q| (p - q).norm()).fold(f64::INFINITY, f64::min);
    fine(head, |p| {
        let beyond = (index(p) - radius_mm).max(0.0);
        Some((radius_mm / 6.0).min(1.0).max(0.9 * beyond)).filter(|&longest| longest < 30.0)
    })
}

/// Round holes of this diameter around places on the skin.
pub(super) fn holes(head: &Head, places: &[Point], diameter_mm: f64) -> Damaged {
    let radius_mm = 0.5 * diameter_mm;
    let (mut soup, on_skin) = fine_around(head, places, radius_mm);
    let inside = |corners: [Point; 3]| places.iter().any(|q| corners.iter().all(|p| (p - q).norm() <= radius_mm));
    let keep: Vec<bool> = (0..on_skin.len()).map(|t| !(on_skin[t] && inside(soup.corners(t)))).collect();
    retain(&mut soup, &keep);
    let mut damaged = Damaged::with(head, soup);
    damaged.holes = places.iter().map(|&centre| Hole { centre, radius_mm }).collect();
    damaged
}

/// A slit through the crown from left to right.
pub(super) fn slit(head: &Head, length_mm: f64, width_mm: f64) -> Damaged {
    let crown = head.crown();
    let [left, back, _] = head.axes;
    let half = [0.5 * length_mm, 0.5 * width_mm];
    let off = |p: &Point, far: f64| {
        let d = p - crown;
        [(d.dot(&left).abs() - half[0]).max(0.0), (d.dot(&back).abs() - half[1]).max(0.0), (d.norm() - far).max(0.0)]
    };
    let (mut soup, on_skin) = fine(head, |p| {
        let beyond = off(p, length_mm).into_iter().fold(0.0, f64::max);
        Some((0.5 * width_mm).max(0.9 * beyond)).filter(|&longest| longest < 30.0)
    });
    let inside = |p: &Point| off(p, length_mm).into_iter().sum::<f64>() <= 0.0;
    let keep: Vec<bool> = (0..on_skin.len()).map(|t| !(on_skin[t] && inside(&centroid(&soup.corners(t))))).collect();
    retain(&mut soup, &keep);
    let mut damaged = Damaged::with(head, soup);
    // A row of small holes that together are the slit.
    let steps = (length_mm / width_mm) as u32;
    damaged.holes = (0..=steps)
        .map(|i| head.on_skin(&(crown + left * (length_mm * (f64::from(i) / f64::from(steps) - 0.5)))))
        .map(|centre| Hole { centre, radius_mm: 0.0 })
        .collect();
    damaged
}

fn retain(soup: &mut Soup, keep: &[bool]) {
    let mut flags = keep.iter();
    soup.triangles.retain(|_| *flags.next().unwrap());
}

fn within(soup: &Soup, triangle: usize, places: &[Point], radius_mm: f64) -> bool {
    let middle = centroid(&soup.corners(triangle));
    places.iter().any(|q| (middle - q).norm() <= radius_mm)
}

/// Patches of the skin wound the other way.
pub(super) fn flipped(head: &Head, places: &[Point], radius_mm: f64, file: FileKind) -> Damaged {
    let mut damaged = Damaged::of(head);
    for t in 0..damaged.scan.triangles.len() {
        if head.on_skin[t] && within(&damaged.scan, t, places, radius_mm) {
            damaged.scan.triangles[t].swap(1, 2);
        }
    }
    damaged.file = file;
    damaged
}

/// Everything wound the other way.
pub(super) fn inside_out(head: &Head) -> Damaged {
    let mut damaged = Damaged::of(head);
    damaged.scan.triangles.iter_mut().for_each(|corners| corners.swap(1, 2));
    damaged
}

/// A patch cut out, and put back a little way off with vertices of its own.
pub(super) fn torn(head: &Head, random: &mut Pcg64, place: Point, radius_mm: f64, off_mm: f64) -> Damaged {
    let mut damaged = Damaged::of(head);
    let soup = &mut damaged.scan;
    let mut twins = vec![None; soup.vertices.len()];
    for t in 0..soup.triangles.len() {
        if !(head.on_skin[t] && within(soup, t, &[place], radius_mm)) {
            continue;
        }
        for v in soup.triangles[t] {
            if twins[v as usize].is_none() {
                twins[v as usize] = Some(soup.vertices.len() as u32);
                let direction = Vector::from_fn(|_, _| random.random_range(-1.0..1.0)).normalize();
                soup.vertices.push(soup.vertices[v as usize] + direction * off_mm);
            }
        }
        soup.triangles[t] = soup.triangles[t].map(|v| twins[v as usize].unwrap());
    }
    damaged.noise_mm = off_mm;
    damaged
}

/// Triangles split on one side of an edge only.
pub(super) fn t_junctions(head: &Head, random: &mut Pcg64, count: usize) -> Damaged {
    let mut damaged = Damaged::of(head);
    for t in skin_inside(head, random, count) {
        let corners = damaged.scan.corners(t);
        let [a, b, c] = damaged.scan.triangles[t];
        let middle = damaged.scan.vertices.len() as u32;
        damaged.scan.vertices.push(nalgebra::center(&corners[0], &corners[1]));
        damaged.scan.triangles[t] = [a, middle, c];
        damaged.scan.triangles.push([middle, b, c]);
    }
    damaged
}

/// Triangles that are there twice, wound either way; triangles without area; vertices far away that nothing uses.
pub(super) fn litter(head: &Head, random: &mut Pcg64, count: usize) -> Damaged {
    let mut damaged = Damaged::of(head);
    let soup = &mut damaged.scan;
    for (i, t) in skin_inside(head, random, count).into_iter().enumerate() {
        let [a, b, c] = soup.triangles[t];
        soup.triangles.push(if i % 2 == 0 { [a, b, c] } else { [c, b, a] });
        soup.triangles.push([a, b, a]);
        let twin = soup.vertices.len() as u32;
        soup.vertices.push(soup.vertices[b as usize]);
        soup.triangles.push([a, b, twin]);
        soup.vertices.push(Point::new(1e3 * i as f64, 0.0, -1e3));
    }
    damaged
}

/// Some triangles of the treatable skin, each once.
pub(super) fn skin_inside(head: &Head, random: &mut Pcg64, count: usize) -> Vec<usize> {
    let region = &head.undamaged().region;
    let inside = |&t: &usize| head.on_skin[t] && region.is_within(&centroid(&head.mesh.corners(t as u32)), 1e-3);
    let mut triangles: Vec<usize> = (0..head.on_skin.len()).filter(inside).collect();
    triangles.shuffle(random);
    triangles.truncate(count);
    triangles
}

/// The scan as loose triangles.
pub(super) fn loose(head: &Head) -> Damaged {
    Damaged { file: FileKind::Stl, ..Damaged::of(head) }
}
