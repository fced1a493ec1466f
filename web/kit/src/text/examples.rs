//! The example photographs, of `static/examples`.

/// A photograph that comes with the page.
#[derive(Debug)]
pub struct Example {
    /// The file's name without its ending, also in the address.
    pub name: &'static str,
    /// What it shows.
    pub title: &'static str,
    /// Where it is from.
    pub credit: &'static str,
}

const UC_MERCED: &str = "UC Merced Land Use; USGS National Map, public domain";
const HRPLANES: &str = "HRPlanesV2, CC BY 4.0";

/// The example of this name.
pub fn by_name(name: &str) -> Option<&'static Example> {
    PHOTOGRAPHS.iter().find(|example| example.name == name)
}

/// In the order in which they are shown; the page opens with the first.
pub const PHOTOGRAPHS: [Example; 14] = [
    Example { name: "airplanes", title: "Airplanes", credit: UC_MERCED },
    Example { name: "airport", title: "Airport", credit: HRPLANES },
    Example { name: "harbor", title: "Harbor", credit: UC_MERCED },
    Example { name: "suburb", title: "Suburb", credit: UC_MERCED },
    Example { name: "storage_tanks", title: "Storage tanks", credit: UC_MERCED },
    Example { name: "tennis_courts", title: "Tennis courts", credit: UC_MERCED },
    Example { name: "river", title: "River", credit: UC_MERCED },
    Example { name: "terminal", title: "Terminal", credit: HRPLANES },
    Example { name: "parking_lot", title: "Parking lot", credit: UC_MERCED },
    Example { name: "baseball", title: "Baseball field", credit: UC_MERCED },
    Example { name: "beach", title: "Beach", credit: UC_MERCED },
    Example { name: "intersection", title: "Intersection", credit: UC_MERCED },
    Example { name: "mobile_homes", title: "Mobile homes", credit: UC_MERCED },
    Example { name: "golf_course", title: "Golf course", credit: UC_MERCED },
];
