use crate::case::Norwood;
use crate::error::{Error, Result};

/// The measures of a proposed frontal hairline, mm.
///
/// Heights and recessions by Shapiro and Shapiro ("Hairline design and frontal hairline restoration") and Garg ("Decoding
/// facial esthetics", Journal of Cutaneous and Aesthetic Surgery); how presets and stages differ beyond that is a suggestion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// From the glabella up along the skin to the middle of the line: 70 is aggressive, 100 conservative.
    pub height_mm: f64,
    /// How far the frontotemporal points lie behind the middle.
    pub recession_mm: f64,
    /// Whether that is kept even where these points then lie lower than the middle.
    pub keeps_recession: bool,
    /// How far the frontotemporal points lie to the side; none puts them above the outer corners of the eyes, at the share of
    /// the breadth between the tragi that these have in the mean (Farkas, Anthropometry of the Head and Face, 1994).
    pub corner_mm: Option<f64>,
    /// How far a peak comes down in the middle.
    pub peak_mm: f64,
    /// How the line goes back from the middle to the frontotemporal points: with this power of the way to the side.
    pub bow: f64,
    /// From the frontotemporal points down to the temporal peaks.
    pub temple_mm: f64,
    /// Whether the frontotemporal angle is rounded and closed: without the rule that its points are no lower than the middle.
    pub rounded: bool,
}

/// Half the distance of the outer corners of the eyes over that of the tragi: 91 mm over 145 mm.
const EYE_SHARE: f64 = 0.63;

/// A named shape to start from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Preset {
    /// High and receding: suits any further loss.
    Conservative,
    /// In between.
    #[default]
    Standard,
    /// Low and flat: aggressive.
    Low,
    /// Low, rounded and closed at the temples, as on women.
    Rounded,
    /// Standard with a peak in the middle, as a third of men and women have.
    WidowsPeak,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 5] = [Self::Conservative, Self::Standard, Self::Low, Self::Rounded, Self::WidowsPeak];

    /// Its measures.
    pub fn shape(self) -> Shape {
        let standard = Shape {
            height_mm: 80.0,
            recession_mm: 25.0,
            keeps_recession: false,
            corner_mm: None,
            peak_mm: 0.0,
            bow: 2.0,
            temple_mm: 50.0,
            rounded: false,
        };
        match self {
            Self::Conservative => Shape { height_mm: 92.0, recession_mm: 30.0, bow: 1.8, ..standard },
            Self::Standard => standard,
            Self::Low => Shape { height_mm: 71.0, recession_mm: 20.0, bow: 2.4, ..standard },
            Self::Rounded => {
                Shape { height_mm: 66.0, recession_mm: 20.0, bow: 2.0, temple_mm: 42.0, rounded: true, ..standard }
            }
            Self::WidowsPeak => Shape { peak_mm: 6.0, ..standard },
        }
    }
}

impl Shape {
    /// With the recession of a stage of hair loss: a line that leaves the temples more open suits the hair that is left.
    /// One that was stated stays.
    #[must_use]
    pub fn at_stage(self, stage: Norwood) -> Self {
        if self.keeps_recession {
            return self;
        }
        let deeper_mm = match stage {
            Norwood::I => 0.0,
            Norwood::II => 2.0,
            Norwood::III | Norwood::IIIVertex => 5.0,
            Norwood::IV => 7.0,
            Norwood::V | Norwood::VI | Norwood::VII => 9.0,
        };
        Self { recession_mm: self.recession_mm + deeper_mm, ..self }
    }

    /// How far to the side the frontotemporal points lie on a head of that half breadth between the tragi, mm.
    pub fn corner_at_mm(&self, half_breadth_mm: f64) -> f64 {
        self.corner_mm.unwrap_or(EYE_SHARE * half_breadth_mm)
    }

    /// Refuses measures that no head has.
    pub(super) fn check(&self) -> Result<()> {
        let limits = [
            ("height", self.height_mm, [40.0, 130.0]),
            ("recession", self.recession_mm, [0.0, 70.0]),
            ("corner", self.corner_mm.unwrap_or(45.0), [20.0, 70.0]),
            ("peak", self.peak_mm, [0.0, 20.0]),
            ("bow", self.bow, [1.0, 6.0]),
            ("temple", self.temple_mm, [15.0, 80.0]),
        ];
        match limits.into_iter().find(|(_, value, [least, most])| !(*least..=*most).contains(value)) {
            None => Ok(()),
            Some((name, value, [least, most])) => Err(Error::input(format!("{value}"))
                .place(format!("the hairline's {name}"))
                .expected(format!("{least} to {most}"))
                .remedy("correct the measure")),
        }
    }
}
