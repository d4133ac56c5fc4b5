"""The OpenADR 2.0b VTN: speaks to devices, stores what it hears, decides nothing."""
