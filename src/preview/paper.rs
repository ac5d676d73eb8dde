use crate::error::{Error, Result};
use crate::geometry::decimal;

/// What a sheet is drawn on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paper {
    /// As large as it needs to be.
    #[default]
    Free,
    /// 210 × 297 mm.
    A4,
    /// 297 × 420 mm.
    A3,
    /// 8.5 × 11 inches.
    Letter,
}

/// Printers leave this much white at the edges, mm.
pub(super) const PRINTER_MARGIN_MM: f64 = 5.0;

impl Paper {
    /// All, with their names.
    pub const NAMES: [(&str, Self); 4] =
        [("free", Self::Free), ("a4", Self::A4), ("a3", Self::A3), ("letter", Self::Letter)];

    /// Width and height, upright, mm.
    fn upright_mm(self) -> Option<[f64; 2]> {
        match self {
            Self::Free => None,
            Self::A4 => Some([210.0, 297.0]),
            Self::A3 => Some([297.0, 420.0]),
            Self::Letter => Some([215.9, 279.4]),
        }
    }

    /// Width and height of a page on which a drawing of this size has room, upright where it can be, mm.
    ///
    /// # Errors
    /// A drawing that is too large, which would have to be drawn smaller than it is.
    pub(super) fn page_mm(self, what: &str, needed_mm: [f64; 2]) -> Result<[f64; 2]> {
        let [width, height] = needed_mm.map(|size| size + 2.0 * PRINTER_MARGIN_MM);
        let Some([short, long]) = self.upright_mm() else { return Ok([width, height]) };
        let holds = |page: &[f64; 2]| width <= page[0] && height <= page[1];
        [[short, long], [long, short]].into_iter().find(holds).ok_or_else(|| {
            let [width, height] = [width, height].map(|size| decimal(size, 0));
            Error::usage(format!("{what}, which takes {width} × {height} mm at true scale"))
                .expected(format!("at most {short} × {long} mm"))
                .remedy("choose a larger paper, another view, or free")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_turned_where_that_helps_and_refused_where_it_does_not() {
        let page = |paper: Paper, needed| paper.page_mm("x", needed).unwrap().map(|size| decimal(size, 1));
        assert_eq!(page(Paper::A4, [190.0, 280.0]), ["210", "297"]);
        assert_eq!(page(Paper::A4, [280.0, 190.0]), ["297", "210"]);
        assert_eq!(page(Paper::Free, [300.0, 10.0]), ["310", "20"]);
        let text = Paper::Letter.page_mm("front", [300.0, 260.0]).unwrap_err().to_string();
        assert!(text.contains("front, which takes 310 × 270 mm") && text.contains("215.9 × 279.4"), "{text}");
    }
}
