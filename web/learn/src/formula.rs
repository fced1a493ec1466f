//! The lessons' formulas, in MathML, which browsers draw themselves.

/// The formula of each lesson, in their order.
pub const FORMULAS: [&str; 7] = [VIEWS, NT_XENT, RANKED, STEP, SHARE, LUCE, SCORES];

const VIEWS: &str = r#"<math display="block"><mrow>
<msub><mi>v</mi><mn>1</mn></msub><mo>=</mo><mi>t</mi><mo>(</mo><mi>x</mi><mo>)</mo><mo>,</mo><mspace width="1em"/>
<msub><mi>v</mi><mn>2</mn></msub><mo>=</mo><msup><mi>t</mi><mo>′</mo></msup><mo>(</mo><mi>x</mi><mo>)</mo><mo>,</mo><mspace width="1em"/>
<mi>t</mi><mo>,</mo><msup><mi>t</mi><mo>′</mo></msup><mo>∼</mo><mi mathvariant="normal">𝒯</mi></mrow></math>"#;

const NT_XENT: &str = r#"<math display="block"><mrow>
<msub><mi>ℓ</mi><mi>i</mi></msub><mo>=</mo><mo>−</mo><mi>log</mi>
<mfrac><mrow><mi>exp</mi><mo>(</mo><msub><mi>s</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub><mo>/</mo><mi>τ</mi><mo>)</mo></mrow>
<mrow><munder><mo>∑</mo><mrow><mi>a</mi><mo>≠</mo><mi>i</mi></mrow></munder><mi>exp</mi><mo>(</mo><msub><mi>s</mi><mrow><mi>i</mi><mi>a</mi></mrow></msub><mo>/</mo><mi>τ</mi><mo>)</mo></mrow></mfrac></mrow></math>
<math display="block"><mrow>
<mfrac><mrow><mo>∂</mo><msub><mi>ℓ</mi><mi>i</mi></msub></mrow><mrow><mo>∂</mo><msub><mi>s</mi><mrow><mi>i</mi><mi>a</mi></mrow></msub></mrow></mfrac>
<mo>=</mo><mfrac><mrow><msub><mi>p</mi><mrow><mi>i</mi><mi>a</mi></mrow></msub><mo>−</mo><mo>[</mo><mi>a</mi><mo>=</mo><mi>j</mi><mo>]</mo></mrow><mi>τ</mi></mfrac></mrow></math>"#;

const RANKED: &str = r#"<math display="block"><mrow>
<mi>ℓ</mi><mo>=</mo><munder><mo>∑</mo><mi>r</mi></munder><mo>−</mo><mi>log</mi>
<mfrac><mrow><munder><mo>∑</mo><mrow><mi>p</mi><mo>∈</mo><msub><mi>P</mi><mi>r</mi></msub></mrow></munder><mi>exp</mi><mo>(</mo><msub><mi>s</mi><mi>p</mi></msub><mo>/</mo><msub><mi>τ</mi><mi>r</mi></msub><mo>)</mo></mrow>
<mrow><munder><mo>∑</mo><mrow><mi>a</mi><mo>∈</mo><msub><mi>P</mi><mrow><mo>≥</mo><mi>r</mi></mrow></msub><mo>∪</mo><mi>N</mi></mrow></munder><mi>exp</mi><mo>(</mo><msub><mi>s</mi><mi>a</mi></msub><mo>/</mo><msub><mi>τ</mi><mi>r</mi></msub><mo>)</mo></mrow></mfrac></mrow></math>"#;

const STEP: &str = r#"<math display="block"><mrow>
<mi>z</mi><mo>=</mo><mi>g</mi><mo>(</mo><mi>f</mi><mo>(</mo><mi>t</mi><mo>(</mo><mi>x</mi><mo>)</mo><mo>)</mo><mo>)</mo><mo>,</mo><mspace width="1em"/>
<mi>L</mi><mo>=</mo><mfrac><mn>1</mn><mrow><mn>2</mn><mi>N</mi></mrow></mfrac><munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mrow><mn>2</mn><mi>N</mi></mrow></munderover><msub><mi>ℓ</mi><mi>i</mi></msub></mrow></math>
<math display="block"><mrow><mi>θ</mi><mo>←</mo><mi>θ</mi><mo>−</mo><mi mathvariant="normal">Adam</mi><mo>(</mo><msub><mo>∇</mo><mi>θ</mi></msub><mi>L</mi><mo>)</mo></mrow></math>"#;

const SHARE: &str = r#"<math display="block"><mrow>
<mi>cos</mi><mo>(</mo><msub><mi>e</mi><mi>q</mi></msub><mo>,</mo><msub><mi>e</mi><mi>n</mi></msub><mo>)</mo><mo>=</mo>
<mfrac><mn>1</mn><mi>P</mi></mfrac><munder><mo>∑</mo><mi>p</mi></munder>
<mfrac><mrow><msub><mi>F</mi><mi>n</mi></msub><mo>(</mo><mi>p</mi><mo>)</mo><mo>·</mo><msub><mi>e</mi><mi>q</mi></msub></mrow><mrow><mo>‖</mo><msub><mi>e</mi><mi>n</mi></msub><mo>‖</mo><mo>‖</mo><msub><mi>e</mi><mi>q</mi></msub><mo>‖</mo></mrow></mfrac></mrow></math>"#;

const LUCE: &str = r#"<math display="block"><mrow>
<mi>P</mi><mo>(</mo><mi>b</mi><mo>)</mo><mo>=</mo><mfrac><msup><mi>e</mi><msub><mi>θ</mi><mi>b</mi></msub></msup>
<mrow><msup><mi>e</mi><msub><mi>θ</mi><mi>b</mi></msub></msup><mo>+</mo><msup><mi>e</mi><msub><mi>θ</mi><mi>c</mi></msub></msup><mo>+</mo><mi>ν</mi><msup><mi>e</mi><mrow><mo>(</mo><msub><mi>θ</mi><mi>b</mi></msub><mo>+</mo><msub><mi>θ</mi><mi>c</mi></msub><mo>)</mo><mo>/</mo><mn>2</mn></mrow></msup><mo>+</mo><msup><mi>e</mi><mn>0</mn></msup></mrow></mfrac></mrow></math>
<math display="block"><mrow>
<mi>I</mi><mo>=</mo><mi>H</mi><mo>(</mo><msub><mi mathvariant="normal">E</mi><mi>θ</mi></msub><mi>P</mi><mo>)</mo><mo>−</mo><msub><mi mathvariant="normal">E</mi><mi>θ</mi></msub><mi>H</mi><mo>(</mo><mi>P</mi><mo>)</mo></mrow></math>"#;

const SCORES: &str = r#"<math display="block"><mrow>
<mo>−</mo><munder><mi>max</mi><mi>c</mi></munder><mfrac><msup><mi>e</mi><mrow><msub><mi>f</mi><mi>c</mi></msub><mo>/</mo><mi>T</mi></mrow></msup><mrow><munder><mo>∑</mo><mi>k</mi></munder><msup><mi>e</mi><mrow><msub><mi>f</mi><mi>k</mi></msub><mo>/</mo><mi>T</mi></mrow></msup></mrow></mfrac><mo>,</mo><mspace width="1em"/>
<mo>−</mo><mi>T</mi><mi>log</mi><munder><mo>∑</mo><mi>k</mi></munder><msup><mi>e</mi><mrow><msub><mi>f</mi><mi>k</mi></msub><mo>/</mo><mi>T</mi></mrow></msup></mrow></math>
<math display="block"><mrow>
<munder><mi>min</mi><mi>c</mi></munder><msup><mrow><mo>(</mo><mi>x</mi><mo>−</mo><msub><mi>μ</mi><mi>c</mi></msub><mo>)</mo></mrow><mi>⊤</mi></msup><msup><mi>Σ</mi><mrow><mo>−</mo><mn>1</mn></mrow></msup><mo>(</mo><mi>x</mi><mo>−</mo><msub><mi>μ</mi><mi>c</mi></msub><mo>)</mo></mrow></math>"#;
