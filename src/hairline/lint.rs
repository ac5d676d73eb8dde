use super::FaceMarks;
use super::proposal::Skin;
use crate::error::{Finding, Result, Severity};
use crate::geometry::{Point, decimal};

/// Measures of a frontal line by which it is judged, mm and degrees.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    /// From the glabella up the skin to the middle of the line.
    pub height_mm: f64,
    /// How far the skin at the middle looks up: 0 is a wall, 90 the top.
    pub facing_up_deg: f64,
    /// How far the frontotemporal points lie behind the middle, left and right.
    pub recession_mm: [f64; 2],
    /// How much higher they lie than the middle.
    pub rise_mm: [f64; 2],
    /// How far to the side they lie.
    pub corner_mm: [f64; 2],
    /// From them to the temporal peaks.
    pub temple_mm: [f64; 2],
    /// Least radius of a bend.
    pub least_radius_mm: f64,
    /// Largest distance of the line from the skin.
    pub off_skin_mm: f64,
    /// Mean and largest distance between the left side, mirrored, and the right one.
    pub offset_mm: [f64; 2],
    /// How far the line between the frontotemporal points comes off a straight one, seen from above.
    pub bow_mm: f64,
    /// Thirds of the face in a straight line: from the line's middle to the glabella, on to the nose, on to the chin; where these are marked.
    pub thirds_mm: Option<[f64; 3]>,
    /// How much farther to the side the frontotemporal points lie than the outer corners of the eyes, left and right, where these are marked.
    pub beside_canthi_mm: Option<[f64; 2]>,
    /// How far the line keeps above the wrinkles of the raised brow; below them where negative. Where they are marked and below the line.
    pub above_wrinkles_mm: Option<f64>,
}

/// Thirds of the face are equal to this share, and a forehead may be longer than the lower third by so much, mm.
const THIRDS_TOLERANCE: f64 = 0.1;
const HIGHER_FOREHEAD_MM: f64 = 7.0;
/// A frontotemporal point this far beside the vertical through the outer corner of the eye is still above it, mm; a suggestion.
const BESIDE_CANTHI_MM: f64 = 10.0;
/// A frontotemporal point this little below the middle is level with it, mm: where up is depends on the vertex, which is marked to some
/// 5 mm; over its height above the ears that is 2 degrees, and over the way to the frontotemporal point as much as this.
const LEVEL_MM: f64 = 2.0;
/// Tighter bends are seen as corners, mm: what the irregular edge of a grown line blurs is of that size (4 mm, rule H12), and a bend of
/// less than that radius is beyond it.
const LEAST_RADIUS_MM: f64 = 4.0;
/// Less bow is a straight line, mm; a suggestion.
const LEAST_BOW_MM: f64 = 5.0;
/// Half the length over which a bend is measured, mm: shorter ones are the scan's.
const BEND_MM: f64 = 6.0;
/// Higher than this over the tragi there are no ears, mm.
const ABOVE_EARS_MM: f64 = 60.0;
/// Points closer than this are one, mm.
const STEP_MM: f64 = 1.0;

impl Measures {
    /// Of a line from ear to ear over the forehead, or of the part of a loop in front of the ears; mm, in the scan's axes.
    /// `face` has the places that some rules need.
    /// None for a line that does not cross the middle of the forehead and reach both temples.
    ///
    /// # Errors
    /// A middle without a way over the skin to the glabella.
    pub fn of(line: &[Point], skin: &Skin, face: &FaceMarks) -> Result<Option<Self>> {
        let marks = skin.marks();
        let into = |p: &Point| marks.into_head.point(p);
        let frontal = in_front(&line.iter().map(into).collect::<Vec<_>>());
        let Some(middle) = middle(&frontal) else { return Ok(None) };
        let out = marks.into_head.inverse();
        let on_scan = out.point(&middle);
        let sides = [1.0, -1.0].map(|sign| Side::of(&frontal, &middle, sign));
        let [Some(left), Some(right)] = sides else { return Ok(None) };
        let both = |of: &dyn Fn(&Side) -> f64| [of(&left), of(&right)];
        let normal = skin.normal(&on_scan)?;
        let off = line.iter().filter_map(|p| skin.index.closest(p)).map(|hit| hit.distance_mm);
        let corner_mid = nalgebra::center(&left.corner, &right.corner);
        Ok(Some(Self {
            height_mm: skin.above_glabella_mm(&on_scan)?,
            facing_up_deg: normal.z.clamp(-1.0, 1.0).asin().to_degrees(),
            recession_mm: both(&|side| side.corner.y - middle.y),
            rise_mm: both(&|side| side.corner.z - middle.z),
            corner_mm: both(&|side| side.corner.x.abs()),
            temple_mm: both(&|side| side.temple_mm),
            least_radius_mm: least_radius_mm(&frontal),
            off_skin_mm: off.fold(0.0, f64::max),
            offset_mm: offset_mm(&frontal),
            bow_mm: (corner_mid.y - middle.y).abs(),
            thirds_mm: face.subnasale.zip(face.menton).map(|(subnasale, menton)| {
                let way = [middle, marks.glabella, into(&subnasale), into(&menton)];
                [0, 1, 2].map(|third| nalgebra::distance(&way[third], &way[third + 1]))
            }),
            beside_canthi_mm: face.canthi[0].zip(face.canthi[1]).map(|(of_left, of_right)| {
                [left.corner.x.abs() - into(&of_left).x.abs(), right.corner.x.abs() - into(&of_right).x.abs()]
            }),
            above_wrinkles_mm: above_wrinkles_mm(&frontal, &face.wrinkles, &into),
        }))
    }

    /// What would look unnatural, rule by rule, and which rules could not be judged. `rounded` lines are judged as those of women:
    /// they may be low, and close the angle at the temples.
    pub fn findings(&self, rounded: bool) -> Vec<Finding> {
        let mut told = Vec::new();
        let mut tell = |rule: &str, severity: Severity, message: String, why: &str| {
            let finding = Finding::new(format!("hairline-{rule}"), severity, message);
            told.push(if severity == Severity::Pass { finding } else { finding.remedy(why) });
        };
        let two = |values: [f64; 2]| format!("{} and {} mm", decimal(values[0], 1), decimal(values[1], 1));
        let graded = |good: bool, bad: bool| match (good, bad) {
            (_, true) => Severity::Fail,
            (true, _) => Severity::Pass,
            _ => Severity::Warn,
        };
        let [low, lowest] = if rounded { [60.0, 50.0] } else { [70.0, 60.0] };
        tell(
            "H1",
            graded((low..=100.0).contains(&self.height_mm), self.height_mm < lowest),
            format!(
                "the middle is {} mm above the glabella along the skin; {low} to 100 mm is usual",
                decimal(self.height_mm, 1)
            ),
            "a line that is too low looks like a cap and leaves no way back; one that is too high leaves the forehead bald",
        );
        tell(
            "H3",
            graded((20.0..=70.0).contains(&self.facing_up_deg), false),
            format!(
                "the skin at the middle looks {} degrees up; the forehead turns into the top at about 45",
                decimal(self.facing_up_deg, 0)
            ),
            "move the middle to where the forehead turns into the top of the head",
        );
        if let Some(thirds) = self.thirds_mm {
            let [forehead, nose, chin] = thirds;
            let near = |third: f64| (forehead / third.max(f64::MIN_POSITIVE) - 1.0).abs() <= THIRDS_TOLERANCE;
            let higher_mm = forehead - chin;
            tell(
                "H2",
                graded(
                    (near(nose) && near(chin)) || (near(nose) && (0.0..=HIGHER_FOREHEAD_MM).contains(&higher_mm)),
                    false,
                ),
                format!(
                    "the thirds of the face are {}, {} and {} mm, from the line to the glabella, the nose and the chin; they are usually equal \
                     to a tenth, the upper one up to {HIGHER_FOREHEAD_MM} mm longer than the lower one",
                    decimal(forehead, 0),
                    decimal(nose, 0),
                    decimal(chin, 0)
                ),
                "a forehead out of proportion catches the eye: change the height of the middle, unless H1 asks for it",
            );
        }
        if let Some(above_mm) = self.above_wrinkles_mm {
            tell(
                "H4",
                graded(above_mm >= 0.0, above_mm < 0.0),
                format!("the line keeps {} mm above the wrinkles of the raised brow", decimal(above_mm, 1)),
                "dots on skin that the brow wrinkles move and fold when it is raised: move the line above the wrinkles",
            );
        }
        let eye = self.corner_mm.iter().all(|corner| (30.0..=62.0).contains(corner));
        let eye = self.beside_canthi_mm.map_or(eye, |off| off.iter().all(|off| off.abs() <= BESIDE_CANTHI_MM));
        tell(
            "H5",
            graded(eye && (rounded || self.rise_mm.iter().all(|rise| *rise >= -LEVEL_MM)), false),
            format!(
                "the frontotemporal points are {} to the side; against the middle their heights are {}",
                two(self.corner_mm),
                two(self.rise_mm)
            ),
            "they belong above the outer corners of the eyes, and no lower than the middle",
        );
        // A rounded line has no corner from which to measure; the peak is all the same not far below the bend.
        let nearest = if rounded { 15.0 } else { 30.0 };
        tell(
            "H6",
            graded(self.temple_mm.iter().all(|temple| (nearest..=70.0).contains(temple)), false),
            format!(
                "the temporal peaks are {} from the frontotemporal points; about 50 mm is usual",
                two(self.temple_mm)
            ),
            "move the temporal peaks",
        );
        let open = self.recession_mm.iter().all(|recession| *recession >= 10.0);
        tell(
            "H7",
            graded(rounded || open, false),
            format!("the frontotemporal points lie {} behind the middle", two(self.recession_mm)),
            "a male line keeps the angle open there; filled up it looks like a wig, and grows old badly",
        );
        tell(
            "H8",
            graded(
                self.least_radius_mm >= LEAST_RADIUS_MM && self.off_skin_mm <= 0.5 && self.bow_mm >= LEAST_BOW_MM,
                self.off_skin_mm > 3.0,
            ),
            format!(
                "the tightest bend has a radius of {} mm, the line is up to {} mm off the skin, and it bows by {} mm between the \
                 frontotemporal points; {LEAST_RADIUS_MM} mm, 0.5 mm and {LEAST_BOW_MM} mm are the limits",
                decimal(self.least_radius_mm, 1),
                decimal(self.off_skin_mm, 2),
                decimal(self.bow_mm, 1)
            ),
            "a corner and a line as straight as a ruler look drawn: move the control points apart, or the middle forward",
        );
        let [mean, most] = self.offset_mm;
        tell(
            "H16",
            graded(mean <= 3.0 && most <= 8.0, false),
            format!("left and right differ by {} mm in the mean and up to {} mm", decimal(mean, 1), decimal(most, 1)),
            "more than 3 mm is seen as crooked; some irregularity belongs into design.edge, not into the line",
        );
        let unjudged: Vec<&str> = [
            (self.thirds_mm.is_none(), "facial thirds (H2, needs subnasale and menton)"),
            (self.above_wrinkles_mm.is_none(), "wrinkles of the raised brow (H4, needs \"wrinkles\" below the line)"),
            (true, "what the density does behind the line (H9 to H15: `tonsure inspect` judges the case)"),
        ]
        .into_iter()
        .filter_map(|(is_missing, what)| is_missing.then_some(what))
        .collect();
        tell("not-judged", Severity::Pass, format!("not judged: {}", unjudged.join(", ")), "");
        told
    }
}

/// Least height of the line over the wrinkles, all measured straight up in the head frame; none where none lie below the line.
fn above_wrinkles_mm(frontal: &[Point], wrinkles: &[Vec<Point>], into: &dyn Fn(&Point) -> Point) -> Option<f64> {
    let forehead: Vec<&[Point]> = frontal.windows(2).filter(|pair| pair.iter().all(|p| p.z > ABOVE_EARS_MM)).collect();
    let over = |x: f64| {
        let heights = forehead.iter().filter_map(|pair| {
            let share = (x - pair[0].x) / (pair[1].x - pair[0].x);
            (0.0..=1.0).contains(&share).then(|| pair[0].z + share * (pair[1].z - pair[0].z))
        });
        heights.reduce(f64::min)
    };
    let places = wrinkles.iter().flat_map(|wrinkle| {
        // Straight between the drawn points, a millimetre apart.
        wrinkle.windows(2).flat_map(|pair| {
            let [a, b] = [into(&pair[0]), into(&pair[1])];
            let steps = (b - a).norm().ceil().max(1.0) as u32;
            (0..=steps).map(move |step| a + (b - a) * (f64::from(step) / f64::from(steps)))
        })
    });
    places.filter_map(|place| Some(over(place.x)? - place.z)).reduce(f64::min)
}

/// One side of a line.
struct Side {
    corner: Point,
    temple_mm: f64,
}

impl Side {
    /// The frontotemporal point is where the line is farthest back and up before it goes down, the temporal peak where it then comes
    /// farthest in front of the straight way to the sideburn, seen from the side.
    fn of(frontal: &[Point], middle: &Point, sign: f64) -> Option<Self> {
        let own: Vec<&Point> = frontal.iter().filter(|p| p.x * sign > 5.0).collect();
        let upper = own.iter().filter(|p| p.z > 0.75 * middle.z);
        let corner = **upper.max_by(|a, b| (a.y + a.z).total_cmp(&(b.y + b.z)))?;
        let foot = **own.iter().min_by(|a, b| a.z.total_cmp(&b.z))?;
        let [back, down] = [foot.y - corner.y, corner.z - foot.z];
        // In front of the straight way, up to the factor of its length.
        let in_front = |p: &Point| back * (corner.z - p.z) - down * (p.y - corner.y);
        let lower = own.iter().filter(|p| p.z < corner.z - 10.0 && p.z > 0.25 * middle.z);
        let peak = **lower.max_by(|a, b| in_front(a).total_cmp(&in_front(b)))?;
        Some(Self { corner, temple_mm: (peak - corner).norm() })
    }
}

/// The part of a line in front of and above the ears, in a run.
fn in_front(line: &[Point]) -> Vec<Point> {
    // Low down the face ends where the sideburn begins; so high above the ears there is nothing but the frontal line, however far
    // back it goes.
    let is_in_front = |p: &Point| p.z > -15.0 && (p.y < -22.0 || p.z > ABOVE_EARS_MM);
    let start = (0..line.len()).find(|&i| !is_in_front(&line[i]) && is_in_front(&line[(i + 1) % line.len()]));
    let turned = line.iter().cycle().skip(start.map_or(0, |start| start + 1)).take(line.len());
    let mut run: Vec<Point> = Vec::new();
    for point in turned.filter(|p| is_in_front(p)) {
        if run.last().is_none_or(|last| (point - last).norm() >= STEP_MM) {
            run.push(*point);
        }
    }
    run
}

/// Where the line crosses the middle of the head.
fn middle(frontal: &[Point]) -> Option<Point> {
    let crossing = |pair: &[Point]| {
        let [a, b] = [pair[0], pair[1]];
        (a.x * b.x <= 0.0 && (a.x - b.x).abs() > 0.0).then(|| a + (b - a) * (a.x / (a.x - b.x)))
    };
    frontal.windows(2).filter_map(crossing).max_by(|a, b| a.z.total_cmp(&b.z))
}

/// Radius of the circle with the tightest turn within [`BEND_MM`] on either side of a point.
fn least_radius_mm(line: &[Point]) -> f64 {
    let mut way_mm = vec![0.0];
    for pair in line.windows(2) {
        way_mm.push(way_mm.last().copied().unwrap_or(0.0) + (pair[1] - pair[0]).norm());
    }
    let at = |mm: f64| {
        let next = way_mm.partition_point(|way| *way < mm).clamp(1, line.len() - 1);
        let share = (mm - way_mm[next - 1]) / (way_mm[next] - way_mm[next - 1]).max(f64::MIN_POSITIVE);
        line[next - 1] + (line[next] - line[next - 1]) * share.clamp(0.0, 1.0)
    };
    let length_mm = way_mm.last().copied().unwrap_or(0.0);
    let mut least = f64::INFINITY;
    if line.len() < 3 {
        return least;
    }
    let steps = ((length_mm - 2.0 * BEND_MM) / STEP_MM).max(0.0) as u32;
    for step in 0..=steps {
        let mm = BEND_MM + f64::from(step) * STEP_MM;
        let [a, b, c] = [at(mm - BEND_MM), at(mm), at(mm + BEND_MM)];
        // Circle through three points: product of the sides over four times the area.
        let double_area = (b - a).cross(&(c - a)).norm();
        let sides = (b - a).norm() * (c - b).norm() * (c - a).norm();
        least = least.min(if double_area > 0.0 { sides / (2.0 * double_area) } else { f64::INFINITY });
    }
    least
}

/// Mean and largest distance from the points of one side, mirrored, to the other side's line.
fn offset_mm(frontal: &[Point]) -> [f64; 2] {
    let pieces: Vec<[Point; 2]> = frontal.windows(2).map(|pair| [pair[0], pair[1]]).collect();
    let line = crate::mesh::SurfaceIndex::of_segments(&pieces);
    let mirrored = frontal.iter().filter(|p| p.x > 0.0).map(|p| Point::new(-p.x, p.y, p.z));
    let off: Vec<f64> = mirrored.filter_map(|p| line.closest(&p)).map(|hit| hit.distance_mm).collect();
    [off.iter().sum::<f64>() / off.len().max(1) as f64, off.iter().copied().fold(0.0, f64::max)]
}
