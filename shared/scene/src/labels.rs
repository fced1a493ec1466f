//! The labels of generated scenes, spelled as MLRSNet spells them.

/// The labels of a scene, by index. Every name is one of MLRSNet's 60 ("ships", "tanks"; its "habor" is mended);
/// alphabetical, so that an index never moves unless the list grows.
pub const LABELS: [&str; 20] = [
    "airplane",
    "baseball diamond",
    "basketball court",
    "bridge",
    "buildings",
    "cars",
    "containers",
    "field",
    "harbor",
    "parking lot",
    "road",
    "roundabout",
    "sand",
    "ships",
    "swimming pool",
    "tanks",
    "tennis court",
    "track",
    "trees",
    "water",
];

pub(super) const AIRPLANE: usize = 0;
pub(super) const BASEBALL: usize = 1;
pub(super) const BASKETBALL: usize = 2;
pub(super) const BRIDGE: usize = 3;
pub(super) const BUILDINGS: usize = 4;
pub(super) const CARS: usize = 5;
pub(super) const CONTAINERS: usize = 6;
pub(super) const FIELD: usize = 7;
pub(super) const HARBOR: usize = 8;
pub(super) const PARKING: usize = 9;
pub(super) const ROAD: usize = 10;
pub(super) const ROUNDABOUT: usize = 11;
pub(super) const SAND: usize = 12;
pub(super) const SHIPS: usize = 13;
pub(super) const POOL: usize = 14;
pub(super) const TANKS: usize = 15;
pub(super) const TENNIS: usize = 16;
pub(super) const TRACK: usize = 17;
pub(super) const TREES: usize = 18;
pub(super) const WATER: usize = 19;
