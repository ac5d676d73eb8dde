//! The shape of the demo head as a signed distance.
//!
//! Head frame, mm: origin midway between the tragi, x to the subject's left, y backwards, z up. The sizes that a
//! survey measures are constants; the rest is modelled by eye around them.

use tonsure::geometry::{Point, Vector};

use super::field::{capsule, carve, ellipsoid, join, smoothstep};

/// Means of the 2012 Anthropometric Survey of U.S. Army Personnel (ANSUR II; Gordon et al., Natick/TR-15/007, 2014),
/// men and women together (n = 6068), mm.
pub(crate) mod survey_mm {
    /// Glabella to the farthest point of the occiput.
    pub(crate) const HEAD_LENGTH: f64 = 196.3;
    /// Greatest breadth above the ears.
    pub(crate) const HEAD_BREADTH: f64 = 152.2;
    /// Around the head above the brows.
    pub(crate) const HEAD_CIRCUMFERENCE: f64 = 570.0;
    /// Height of the vertex above the tragus.
    pub(crate) const TRAGION_TO_TOP: f64 = 129.6;
    /// From the skin behind the ear to its farthest edge.
    pub(crate) const EAR_PROTRUSION: f64 = 22.3;
    /// Between the pupils.
    pub(crate) const INTERPUPILLARY: f64 = 63.3;
}

/// Where the neck is cut off.
pub(crate) const NECK_CUT_Z_MM: f64 = -128.0;

const EYE_X: f64 = survey_mm::INTERPUPILLARY / 2.0;

/// Signed distance to the skin, negative inside.
pub(crate) fn head(p: &Point) -> f64 {
    let skin = without_ears(p);
    // The ears are far from everything else: leave them out where they cannot matter.
    if p.x.abs() < 52.0 || !(-45.0..60.0).contains(&p.z) || !(-30.0..60.0).contains(&p.y) {
        return skin;
    }
    let ear = ear(p);
    carve(join(skin, ear.body, 7.0), ear.hollow, 2.5)
}

/// Signed distance to the head as if it had no ears.
pub(crate) fn without_ears(p: &Point) -> f64 {
    let p = &asymmetry(p);
    let pair = |x: f64, f: &dyn Fn(f64) -> f64| (f(x), f(-x));
    let mut d = cranium(p);

    // Face from brow to chin, cheekbones, jaw.
    d = join(d, ellipsoid(p, [0.0, -48.0, -14.0], [54.0, 46.0, 66.0]), 14.0);
    for side in [1.0, -1.0] {
        d = join(d, ellipsoid(p, [side * 43.0, -56.0, 1.0], [17.0, 24.0, 12.0]), 24.0);
        d = join(d, ellipsoid(p, [side * 36.0, -42.0, -30.0], [22.0, 34.0, 34.0]), 18.0);
        d = join(d, capsule(p, [side * 44.0, -14.0, -44.0], 10.0, [side * 15.0, -74.0, -73.0], 13.0), 22.0);
    }
    d = join(d, ellipsoid(p, [0.0, -80.0, -74.0], [18.0, 16.0, 14.0]), 14.0);

    d = neck(p, d);

    // Brow ridge and eyes with closed lids in their sockets.
    let (left, right) = pair(1.0, &|s| capsule(p, [s * 9.0, -88.0, 40.0], 7.0, [s * 49.0, -60.0, 36.0], 3.5));
    d = join(join(d, left, 12.0), right, 12.0);
    let (left, right) = pair(EYE_X, &|x| ellipsoid(p, [x, -97.0, 22.0], [18.0, 16.0, 11.0]));
    d = carve(carve(d, left, 10.0), right, 10.0);
    let (left, right) = pair(EYE_X, &|x| ellipsoid(p, [x, -72.0, 22.0], [15.5, 14.0, 12.5]));
    d = join(join(d, left, 3.0), right, 3.0);
    let (left, right) = pair(EYE_X, &|x| capsule(p, [x - 11.0, -85.0, 17.5], 1.0, [x + 11.0, -85.0, 17.5], 1.0));
    d = carve(carve(d, left, 3.0), right, 3.0);

    d = nose(p, d);
    mouth(p, d)
}

/// Faces are not mirror images: a slow drift sideways with height, and one side a little farther forward.
fn asymmetry(p: &Point) -> Point {
    Point::new(p.x + 0.9 * (p.z / 55.0).sin(), p.y + 0.010 * p.x, p.z + 0.006 * p.x)
}

fn cranium(p: &Point) -> f64 {
    let vault = ellipsoid(p, [0.0, 4.0, 46.0], [70.5, 89.0, 83.6]);
    let forehead = ellipsoid(p, [0.0, -29.0, 50.0], [68.5, 62.5, 55.0]);
    let parietal = ellipsoid(p, [0.0, 24.0, 52.0], [72.5, 60.0, 61.0]);
    let occiput = ellipsoid(p, [0.0, 38.0, 30.0], [69.0, 56.5, 54.0]);
    join(join(join(vault, forehead, 24.0), parietal, 20.0), occiput, 24.0)
}

fn neck(p: &Point, head: f64) -> f64 {
    let trunk = {
        let t = ((-40.0 - p.z) / 90.0).clamp(-0.2, 1.1);
        let (x, y) = (p.x / (50.0 + 5.0 * t * t), (p.y - 23.0 - 11.0 * t) / (53.0 + 2.0 * t));
        join_max((x.hypot(y) - 1.0) * 51.0, p.z + 30.0, 30.0)
    };
    let mut d = join(head, trunk, 40.0);
    for side in [1.0, -1.0] {
        // Sternocleidomastoid, from behind the ear to the breastbone.
        d = join(d, capsule(p, [side * 51.0, 22.0, -28.0], 10.0, [side * 15.0, -16.0, -150.0], 10.0), 18.0);
    }
    join(d, ellipsoid(p, [0.0, -21.0, -97.0], [7.0, 9.0, 10.0]), 14.0)
}

fn nose(p: &Point, face: f64) -> f64 {
    let bridge = capsule(p, [0.0, -86.0, 27.0], 5.5, [0.5, -109.0, -9.0], 8.0);
    let tip = ellipsoid(p, [0.6, -110.5, -11.0], [9.0, 8.5, 7.5]);
    let walls = ellipsoid(p, [0.0, -88.0, -2.0], [13.0, 17.0, 20.0]);
    let mut d = join(join(face, walls, 10.0), join(bridge, tip, 6.0), 8.0);
    for side in [1.0, -1.0] {
        d = join(d, ellipsoid(p, [side * 11.0, -98.0, -14.0], [6.5, 10.0, 6.5]), 7.0);
    }
    for side in [1.0, -1.0] {
        d = carve(d, ellipsoid(p, [side * 6.0, -105.5, -21.5], [3.2, 5.5, 4.0]), 3.0);
    }
    d
}

fn mouth(p: &Point, face: f64) -> f64 {
    // The lips follow the arch of the teeth: bend the space backwards to the sides.
    let bent = Point::new(p.x, p.y - 0.012 * p.x * p.x, p.z);
    let upper = ellipsoid(&bent, [0.0, -95.0, -40.5], [23.0, 9.0, 5.5]);
    let lower = ellipsoid(&bent, [0.0, -93.5, -50.0], [20.0, 9.0, 6.0]);
    let muzzle = ellipsoid(&bent, [0.0, -84.0, -38.0], [30.0, 15.0, 20.0]);
    let mut d = join(face, muzzle, 12.0);
    d = join(join(d, upper, 5.0), lower, 5.0);
    let parting = capsule(&bent, [-21.0, -103.5, -45.3], 1.8, [21.0, -103.5, -45.3], 1.8);
    d = carve(d, parting, 3.0);
    carve(d, capsule(p, [0.0, -104.5, -26.0], 2.0, [0.0, -105.5, -34.0], 2.5), 4.0)
}

struct Ear {
    body: f64,
    hollow: f64,
}

/// Auricle in its own frame: `u` backwards along the shell, `v` up, `w` away from the head.
fn ear(p: &Point) -> Ear {
    let side = p.x.signum();
    // The right ear sits a little lower.
    let centre = Point::new(side * 78.0, 12.5, 0.8 + 0.7 * side);
    let q = p - centre;
    let (splay, lean) = (32.0_f64.to_radians(), 14.0_f64.to_radians());
    let u_axis = Vector::new(side * splay.sin(), splay.cos(), 0.0);
    let w_axis = Vector::new(side * splay.cos(), -splay.sin(), 0.0);
    let (u0, v0, w) = (q.dot(&u_axis), q.z, q.dot(&w_axis));
    let (u, v) = (u0 * lean.cos() - v0 * lean.sin(), v0 * lean.cos() + u0 * lean.sin());

    // Egg-shaped outline, narrow at the lobe; the shell is hollow towards the outside.
    let width = 15.0 + 3.0 * smoothstep(-25.0, 15.0, v);
    let outline = |inset: f64| {
        let (ru, rv) = (width - inset, 31.0 - inset);
        let (k0, k1) = ((u / ru).hypot(v / rv), (u / (ru * ru)).hypot(v / (rv * rv)));
        if k1 < 1e-9 { -ru } else { k0 * (k0 - 1.0) / k1 }
    };
    let w_shell = 0.012 * (u * u + 0.35 * v * v) - 3.5;
    let shell = join_max(outline(1.0), (w - w_shell).abs() - 2.2, 2.0);

    // Helix: a rolled rim from the front round the top to the lobe; antihelix: a fold inside it.
    let rim = smoothstep(-24.0, -8.0, v + 0.4 * u);
    let helix = outline(2.8).hypot(w - w_shell - 1.6) - 2.9 * rim;
    let fold = smoothstep(-6.0, 3.0, u) * smoothstep(-20.0, -8.0, v) * smoothstep(24.0, 14.0, v);
    let antihelix = outline(9.5).hypot(w - w_shell - 1.0) - 2.6 * fold;
    let local = Point::new(u, v, w);
    let lobe = ellipsoid(&local, [-4.0, -24.0, 0.5], [8.0, 8.5, 4.0]);
    let tragus = ellipsoid(&local, [-12.5, -4.0, 0.0], [4.0, 6.0, 4.2]);
    // A wedge behind the shell ties it to the head.
    let root = ellipsoid(&local, [-8.0, 0.0, -8.0], [10.0, 23.0, 10.0]);

    let mut body = join(shell, helix, 2.0);
    body = join(body, antihelix, 3.0);
    body = join(body, lobe, 4.0);
    body = join(body, root, 5.0);
    body = join(body, tragus, 2.5);
    let hollow = ellipsoid(&local, [-3.0, -5.0, 2.5], [6.5, 10.0, 5.0]);
    Ear { body, hollow }
}

/// Smooth intersection.
fn join_max(a: f64, b: f64, k: f64) -> f64 {
    -join(-a, -b, k)
}
