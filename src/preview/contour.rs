/// A field of values on a grid of unit squares, row by row.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) values: Vec<f32>,
}

/// A closed contour in grid coordinates.
pub(super) type Contour = Vec<[f32; 2]>;

impl Field {
    /// The value at a node of the grid with a rim of zeros around it, so that node 1 is the grid's first.
    fn rimmed(&self, i: usize, j: usize) -> f32 {
        let inside = (1..=self.width).contains(&i) && (1..=self.height).contains(&j);
        if inside { self.values[(j - 1) * self.width + i - 1] } else { 0.0 }
    }

    /// Closed contours around everything that is at least `level` (above 0), by marching squares (Lorensen and Cline
    /// 1987, in the plane) with linear places on the edges; the grid is taken to be surrounded by zeros.
    pub(super) fn contours(&self, level: f32) -> Vec<Contour> {
        let (columns, rows) = (self.width + 1, self.height + 1);
        // Each crossed edge of the grid is left by one segment: slot 2 k is the edge to the right of node k, slot
        // 2 k + 1 the one below it.
        let node = |i: usize, j: usize| 2 * (j * (columns + 1) + i);
        let mut onward = vec![u32::MAX; 2 * (columns + 1) * (rows + 1)];
        for j in 0..rows {
            for i in 0..columns {
                let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)].map(|(i, j)| self.rimmed(i, j));
                let edges = [node(i, j), node(i + 1, j) + 1, node(i, j + 1), node(i, j) + 1];
                let high = corners.map(|corner| corner >= level);
                // In a saddle the middle decides whether the high corners hang together.
                let middle_high = corners.iter().sum::<f32>() / 4.0 >= level;
                for side in 0..4 {
                    // A contour enters the square where the values rise along its border, and leaves where they fall.
                    if !high[side] && high[(side + 1) % 4] {
                        let falls = |k: usize| high[k % 4] && !high[(k + 1) % 4];
                        let nearest = (side + 1..side + 4).find(|&k| falls(k));
                        let farthest = (side + 1..side + 4).rev().find(|&k| falls(k));
                        let exit = if middle_high { farthest } else { nearest };
                        if let Some(exit) = exit {
                            onward[edges[side]] = edges[exit % 4] as u32;
                        }
                    }
                }
            }
        }
        let place = |slot: usize| {
            let (k, down) = (slot / 2, slot % 2 == 1);
            let (i, j) = (k % (columns + 1), k / (columns + 1));
            let (a, b) = (self.rimmed(i, j), if down { self.rimmed(i, j + 1) } else { self.rimmed(i + 1, j) });
            let t = ((level - a) / (b - a)).clamp(0.0, 1.0);
            let (x, y) = (i as f32 - 1.0, j as f32 - 1.0);
            if down { [x, y + t] } else { [x + t, y] }
        };
        let mut contours = Vec::new();
        for start in 0..onward.len() {
            let mut contour = Vec::new();
            let mut slot = start;
            while onward[slot] != u32::MAX {
                contour.push(place(slot));
                slot = std::mem::replace(&mut onward[slot], u32::MAX) as usize;
            }
            if contour.len() > 2 {
                contours.push(contour);
            }
        }
        contours
    }
}

/// Area within a closed contour, positive whatever its sense.
pub(super) fn area(contour: &[[f32; 2]]) -> f32 {
    let next = contour.iter().cycle().skip(1);
    (contour.iter().zip(next).map(|(a, b)| a[0] * b[1] - a[1] * b[0]).sum::<f32>() / 2.0).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contour_of_a_cone_is_a_circle() {
        let (width, height) = (41, 41);
        let values =
            (0..width * height).map(|k| 30.0 - ((k % width) as f32 - 20.0).hypot((k / width) as f32 - 20.0)).collect();
        let contours = Field { width, height, values }.contours(15.0);
        assert_eq!(contours.len(), 1);
        assert!(contours[0].iter().all(|p| ((p[0] - 20.0).hypot(p[1] - 20.0) - 15.0).abs() < 0.02));
        assert!((area(&contours[0]) - 15.0 * 15.0 * std::f32::consts::PI).abs() < 3.0);
    }

    #[test]
    fn contours_close_at_the_border_and_around_holes() {
        let mut values = vec![1.0; 25];
        values[12] = 0.0;
        let contours = Field { width: 5, height: 5, values }.contours(0.5);
        let mut areas: Vec<f32> = contours.iter().map(|contour| area(contour)).collect();
        areas.sort_by(f32::total_cmp);
        assert_eq!(areas, [0.5, 24.5]);
    }

    #[test]
    fn saddles_are_resolved_and_every_contour_closes() {
        let values = vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
        let field = Field { width: 3, height: 3, values };
        assert_eq!(field.contours(0.6).len(), 5);
        // Joined through the middles of the four saddles: an outer contour and none inside but the four gaps' rims.
        assert_eq!(field.contours(0.4).len(), 1);
    }
}
