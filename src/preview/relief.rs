use std::fmt::Write;

use super::colour_space::Rgb;
use super::contour::{Field, area};
use super::view::Eye;
use crate::geometry::{Point, Vector};
use crate::mesh::TriMesh;

/// Edge of a pixel, mm.
const PIXEL_MM: f64 = 1.0;
/// Steps of brightness.
const SHADES: usize = 18;
/// Darkest and brightest shade.
const DARK: [f64; 3] = [150.0, 140.0, 132.0];
const LIGHT: [f64; 3] = [250.0, 247.0, 243.0];
/// Direction of the light: right, up, towards the viewer.
const LIGHT_FROM: [f64; 3] = [-0.36, 0.52, 0.77];
/// Contours smaller than this, mm², are left out.
const LEAST_AREA_MM2: f32 = 5.0;
/// Depths that differ by more than this, mm, belong to different parts of the head.
const STEP_MM: f32 = 4.0;
/// Depth of a pixel without surface.
const BESIDE: f32 = f32::NEG_INFINITY;
/// Pixels by which the shades go on beyond the silhouette.
const FRINGE: u8 = 3;

/// The part of a drawing that a view shows, mm on the page, y up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Window {
    pub(super) min: [f64; 2],
    pub(super) max: [f64; 2],
}

impl Window {
    pub(super) fn size(&self) -> [f64; 2] {
        [self.max[0] - self.min[0], self.max[1] - self.min[1]]
    }

    pub(super) fn grown(&self, by: f64) -> Self {
        Self { min: self.min.map(|x| x - by), max: self.max.map(|x| x + by) }
    }

    pub(super) fn holds(&self, place: [f64; 2]) -> bool {
        (0..2).all(|k| (self.min[k]..=self.max[k]).contains(&place[k]))
    }
}

/// What a scan looks like from one side. One unit of the paths is 0.1 mm, y down.
#[derive(Debug)]
pub(super) struct Relief {
    /// Path data of the outline.
    pub(super) silhouette: String,
    /// Fill colour and path data of nested areas, from the darkest, which is the widest, to the brightest. They reach
    /// beyond the silhouette and are to be clipped by it.
    pub(super) areas: Vec<(Rgb, String)>,
}

/// Depth (towards the viewer) and normal of the nearest surface by pixel.
struct Buffer {
    width: usize,
    height: usize,
    depth: Vec<f32>,
    normal: Vec<[f32; 3]>,
}

impl Relief {
    /// Draws the part of the scan that is in the window and not below the height `floor_mm`. `normals` are unit and by
    /// vertex.
    pub(super) fn draw(scan: &TriMesh, normals: &[Vector], eye: &Eye<'_>, window: &Window, floor_mm: f64) -> Self {
        // What leaves the window is cut off there, so the field goes on for a little.
        let window = window.grown(f64::from(FRINGE + 1) * PIXEL_MM);
        let buffer = Buffer::render(scan, normals, eye, &window, floor_mm);
        let data = |field: &Field, level: f32| -> String {
            let contours = field.contours(level);
            let large =
                contours.iter().filter(|contour| area(contour) * (PIXEL_MM * PIXEL_MM) as f32 >= LEAST_AREA_MM2);
            large.map(|contour| path(contour, &window)).collect()
        };
        let shade = buffer.shade();
        let areas = (0..SHADES).map(|k| {
            let share = k as f64 / (SHADES - 1) as f64;
            let [r, g, b] = [0, 1, 2].map(|c| (DARK[c] + (LIGHT[c] - DARK[c]) * share).round() as u8);
            (Rgb([r, g, b]), data(&shade, (k as f32 + 0.5) / SHADES as f32))
        });
        Self { silhouette: data(&buffer.cover(), 0.5), areas: areas.collect() }
    }
}

/// The colour of a shaded area on skin of that colour.
pub(super) fn tinted(shade: Rgb, skin: Rgb) -> Rgb {
    let share = |k: usize| f64::from(shade.0[k]) / LIGHT[k];
    Rgb([0, 1, 2].map(|k| (f64::from(skin.0[k]) * share(k)).round() as u8))
}

/// Closed path of whole tenths of a millimetre, relative.
fn path(contour: &[[f32; 2]], window: &Window) -> String {
    let places = contour.iter().map(|p| {
        let x = window.min[0] + f64::from(p[0]) * PIXEL_MM;
        let y = -window.max[1] + f64::from(p[1]) * PIXEL_MM;
        [x, y].map(|value| (value * 10.0).round() as i64)
    });
    let mut text = String::new();
    let mut last: Option<[i64; 2]> = None;
    let mut pending = [0_i64; 2];
    for place in places {
        if let Some(before) = last {
            let step = [place[0] - before[0], place[1] - before[1]];
            // A step in the direction of the one before only lengthens it.
            if pending[0] * step[1] == pending[1] * step[0] && pending[0] * step[0] + pending[1] * step[1] >= 0 {
                pending = [pending[0] + step[0], pending[1] + step[1]];
            } else {
                append(&mut text, pending);
                pending = step;
            }
        } else {
            let _ = write!(text, "M{} {}l", place[0], place[1]);
        }
        last = Some(place);
    }
    append(&mut text, pending);
    text.push('z');
    text
}

fn append(text: &mut String, [x, y]: [i64; 2]) {
    let gap = if x < 0 || text.ends_with('l') { "" } else { " " };
    let _ = write!(text, "{gap}{x}{}{y}", if y < 0 { "" } else { " " });
}

impl Buffer {
    fn render(scan: &TriMesh, normals: &[Vector], eye: &Eye<'_>, window: &Window, floor_mm: f64) -> Self {
        let size = window.size().map(|length| (length / PIXEL_MM).ceil() as usize + 1);
        let mut buffer = Self {
            width: size[0],
            height: size[1],
            depth: vec![BESIDE; size[0] * size[1]],
            normal: vec![[0.0; 3]; size[0] * size[1]],
        };
        let heads: Vec<Point> = scan.vertices().iter().map(|v| eye.frame.point(v)).collect();
        let places: Vec<Vector> = heads
            .iter()
            .map(|v| {
                let p = eye.view.turned(&v.coords);
                Vector::new((p.x - window.min[0]) / PIXEL_MM, (window.max[1] - p.y) / PIXEL_MM, p.z)
            })
            .collect();
        let normals: Vec<[f32; 3]> = normals
            .iter()
            .map(|n| eye.view.turned(&eye.frame.direction(n)))
            .map(|n| [n.x as f32, n.y as f32, n.z as f32])
            .collect();
        let above = |corners: &&[u32; 3]| corners.iter().any(|&v| heads[v as usize].z >= floor_mm);
        for corners in scan.triangles().iter().filter(above) {
            buffer.fill(corners.map(|v| places[v as usize]), corners.map(|v| normals[v as usize]));
        }
        buffer
    }

    /// Fills the pixels whose middles lie in a triangle, nearest surface last.
    fn fill(&mut self, [a, b, c]: [Vector; 3], normals: [[f32; 3]; 3]) {
        let double_area = (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
        let (low, high) = (a.inf(&b).inf(&c), a.sup(&b).sup(&c));
        let outside = high.x < 0.0 || high.y < 0.0 || low.x >= self.width as f64 || low.y >= self.height as f64;
        if double_area == 0.0 || outside {
            return;
        }
        for j in low.y.ceil().max(0.0) as usize..=(high.y.floor().min((self.height - 1) as f64)).max(0.0) as usize {
            for i in low.x.ceil().max(0.0) as usize..=(high.x.floor().min((self.width - 1) as f64)).max(0.0) as usize {
                let (x, y) = (i as f64, j as f64);
                let v = ((x - a.x) * (c.y - a.y) - (y - a.y) * (c.x - a.x)) / double_area;
                let w = ((b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)) / double_area;
                let u = 1.0 - v - w;
                let pixel = j * self.width + i;
                let depth = (u * a.z + v * b.z + w * c.z) as f32;
                if u >= -1e-9 && v >= -1e-9 && w >= -1e-9 && depth > self.depth[pixel] {
                    self.depth[pixel] = depth;
                    let weights = [u as f32, v as f32, w as f32];
                    self.normal[pixel] =
                        [0, 1, 2].map(|k| (0..3).map(|corner| normals[corner][k] * weights[corner]).sum());
                }
            }
        }
    }

    /// Brightness 1/SHADES to 1 on the surface, 0 beside it: light from the upper left, and hollows darkened by the
    /// difference between the depth and its surroundings (Luft, Colditz and Deussen, *Image enhancement by unsharp
    /// masking the depth buffer*, SIGGRAPH 2006).
    fn shade(&self) -> Field {
        let light = Vector::from(LIGHT_FROM).normalize();
        let hollow = self.hollowness();
        let raw: Vec<f32> = self
            .normal
            .iter()
            .zip(&hollow)
            .map(|(n, hollow)| {
                let normal = Vector::new(f64::from(n[0]), f64::from(n[1]), f64::from(n[2]));
                let normal = normal.try_normalize(0.0).unwrap_or_else(Vector::z);
                let normal = if normal.z < 0.0 { -normal } else { normal };
                let lit = 0.5 + 0.5 * normal.dot(&light);
                (lit.powf(1.3) as f32 - 0.06 * hollow).clamp(0.0, 1.0)
            })
            .collect();
        let mut values: Vec<f32> = self
            .smoothed(&raw, 2)
            .iter()
            .zip(&self.depth)
            .map(
                |(shade, &depth)| {
                    if depth > BESIDE { (1.0 + shade * (SHADES - 1) as f32) / SHADES as f32 } else { 0.0 }
                },
            )
            .collect();
        for _ in 0..FRINGE {
            values = self.spread(&values);
        }
        Field { width: self.width, height: self.height, values }
    }

    /// Pixels without a value take the mean of their neighbours that have one.
    fn spread(&self, values: &[f32]) -> Vec<f32> {
        let around = |pixel: usize| mean(self.near(pixel, 1).map(|other| values[other]).filter(|&value| value > 0.0));
        (0..values.len()).map(|pixel| if values[pixel] > 0.0 { values[pixel] } else { around(pixel) }).collect()
    }

    /// How much of the surroundings of each pixel is surface, 0 to 1: a binomial filter, which rounds off the pixels.
    fn cover(&self) -> Field {
        let mut values: Vec<f32> = self.depth.iter().map(|&depth| if depth > BESIDE { 1.0 } else { 0.0 }).collect();
        for step in [1, self.width, 1, self.width] {
            let filtered = (0..values.len()).map(|pixel| {
                let before = pixel.checked_sub(step).map_or(0.0, |other| values[other]);
                let after = values.get(pixel + step).copied().unwrap_or(0.0);
                (before + 2.0 * values[pixel] + after) / 4.0
            });
            values = filtered.collect();
        }
        Field { width: self.width, height: self.height, values }
    }

    /// By how much, mm within 0 to `STEP_MM`, the surroundings stand out over each pixel.
    fn hollowness(&self) -> Vec<f32> {
        self.on_surface(|pixel| {
            let stand_out = |other: usize| (self.depth[other] - self.depth[pixel]).clamp(-STEP_MM, STEP_MM);
            mean(self.near(pixel, 5).filter(|&other| self.depth[other] > BESIDE).map(stand_out)).max(0.0)
        })
    }

    /// Means over the neighbours that belong to the same part of the head.
    fn smoothed(&self, values: &[f32], reach: usize) -> Vec<f32> {
        self.on_surface(|pixel| {
            let same_part = |other: &usize| (self.depth[*other] - self.depth[pixel]).abs() < STEP_MM;
            mean(self.near(pixel, reach).filter(same_part).map(|other| values[other]))
        })
    }

    fn on_surface(&self, value: impl Fn(usize) -> f32) -> Vec<f32> {
        (0..self.depth.len()).map(|pixel| if self.depth[pixel] > BESIDE { value(pixel) } else { 0.0 }).collect()
    }

    /// The pixels of the square around a pixel.
    fn near(&self, pixel: usize, reach: usize) -> impl Iterator<Item = usize> + use<> {
        let (i, j, width) = (pixel % self.width, pixel / self.width, self.width);
        let columns = i.saturating_sub(reach)..=(i + reach).min(width - 1);
        let rows = j.saturating_sub(reach)..=(j + reach).min(self.height - 1);
        rows.flat_map(move |row| columns.clone().map(move |column| row * width + column))
    }
}

/// The mean; 0 of nothing.
fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / f32::max(count, 1.0)
}
