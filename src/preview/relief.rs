use std::fmt::Write;

use super::contour::{Field, area};
use super::head_frame::HeadFrame;
use super::view::View;
use crate::geometry::Vector;
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

    pub(super) fn holds(&self, place: [f64; 2]) -> bool {
        (0..2).all(|k| (self.min[k]..=self.max[k]).contains(&place[k]))
    }
}

/// What a scan looks like from one side, as nested areas of brightness.
#[derive(Debug)]
pub(super) struct Relief {
    /// Fill colour and path data, from the whole silhouette (darkest) to the brightest areas. One unit is 0.1 mm, y down.
    pub(super) areas: Vec<(String, String)>,
}

/// Depth (towards the viewer) and normal of the nearest surface by pixel.
struct Buffer {
    width: usize,
    height: usize,
    depth: Vec<f32>,
    normal: Vec<[f32; 3]>,
}

impl Relief {
    /// Draws the part of the scan in the window. `normals` are unit and by vertex.
    pub(super) fn draw(scan: &TriMesh, normals: &[Vector], frame: &HeadFrame, view: View, window: &Window) -> Self {
        let buffer = Buffer::render(scan, normals, frame, view, window);
        let shade = buffer.shade();
        let areas = (0..SHADES)
            .map(|k| {
                let share = k as f64 / (SHADES - 1) as f64;
                let colour = [0, 1, 2].map(|c| (DARK[c] + (LIGHT[c] - DARK[c]) * share).round() as u8);
                let level = (k as f32 + 0.5) / SHADES as f32;
                let data = shade
                    .contours(level)
                    .iter()
                    .filter(|contour| area(contour) * (PIXEL_MM * PIXEL_MM) as f32 >= LEAST_AREA_MM2)
                    .map(|contour| path(contour, window))
                    .collect::<String>();
                (format!("#{:02x}{:02x}{:02x}", colour[0], colour[1], colour[2]), data)
            })
            .collect();
        Self { areas }
    }
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
    fn render(scan: &TriMesh, normals: &[Vector], frame: &HeadFrame, view: View, window: &Window) -> Self {
        let [right, up, towards] = view.axes();
        let size = window.size().map(|length| (length / PIXEL_MM).ceil() as usize + 1);
        let mut buffer = Self {
            width: size[0],
            height: size[1],
            depth: vec![f32::NEG_INFINITY; size[0] * size[1]],
            normal: vec![[0.0; 3]; size[0] * size[1]],
        };
        let in_view = |v: Vector| Vector::new(v.dot(&right), v.dot(&up), v.dot(&towards));
        let places: Vec<Vector> = scan
            .vertices()
            .iter()
            .map(|v| {
                let p = in_view(frame.point(v).coords);
                Vector::new((p.x - window.min[0]) / PIXEL_MM, (window.max[1] - p.y) / PIXEL_MM, p.z)
            })
            .collect();
        let normals: Vec<[f32; 3]> =
            normals.iter().map(|n| in_view(frame.direction(n))).map(|n| [n.x as f32, n.y as f32, n.z as f32]).collect();
        for corners in scan.triangles() {
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
        let smooth = self.smoothed(&raw, 2);
        let covered: Vec<f32> =
            self.depth.iter().map(|&depth| if depth > f32::NEG_INFINITY { 1.0 } else { 0.0 }).collect();
        let values = (0..covered.len())
            .map(|pixel| covered[pixel] * (1.0 + smooth[pixel] * (SHADES - 1) as f32) / SHADES as f32)
            .collect();
        Field { width: self.width, height: self.height, values }
    }

    /// By how much, mm within 0 to `STEP_MM`, the surroundings stand out over each pixel.
    fn hollowness(&self) -> Vec<f32> {
        let reach = 5_isize;
        self.over_neighbours(reach, |pixel, near| {
            let (mut sum, mut count) = (0.0, 0.0);
            for other in near {
                if self.depth[other] > f32::NEG_INFINITY {
                    sum += (self.depth[other] - self.depth[pixel]).clamp(-STEP_MM, STEP_MM);
                    count += 1.0;
                }
            }
            if count > 0.0 { f32::max(sum / count, 0.0) } else { 0.0 }
        })
    }

    /// Means over the neighbours that belong to the same part of the head.
    fn smoothed(&self, values: &[f32], reach: isize) -> Vec<f32> {
        self.over_neighbours(reach, |pixel, near| {
            let (mut sum, mut count) = (0.0, 0.0);
            for other in near {
                if (self.depth[other] - self.depth[pixel]).abs() < STEP_MM {
                    sum += values[other];
                    count += 1.0;
                }
            }
            if count > 0.0 { sum / count } else { values[pixel] }
        })
    }

    fn over_neighbours(&self, reach: isize, value: impl Fn(usize, &mut dyn Iterator<Item = usize>) -> f32) -> Vec<f32> {
        let (width, height) = (self.width as isize, self.height as isize);
        (0..width * height)
            .map(|pixel| {
                if self.depth[pixel as usize] == f32::NEG_INFINITY {
                    return 0.0;
                }
                let (i, j) = (pixel % width, pixel / width);
                let rows = (j - reach).max(0)..=(j + reach).min(height - 1);
                let mut near = rows.flat_map(|row| {
                    ((i - reach).max(0)..=(i + reach).min(width - 1)).map(move |column| (row * width + column) as usize)
                });
                value(pixel as usize, &mut near)
            })
            .collect()
    }
}
