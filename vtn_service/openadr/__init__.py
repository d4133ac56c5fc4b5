"""The device door: OpenADR 2.0b services over simpleHttp pull."""
