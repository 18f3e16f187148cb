"""The Assistants dialect, a museum piece: the real API was switched off on 26 August 2026.

Assistants, threads and runs lived on the server; a run answered a thread in the name of an
assistant. It is kept so that what was written for it can still be run and read. Every answer says
in its headers that it comes from the past. Only function tools work: `file_search` and
`code_interpreter` are accepted and do nothing, and so are files, `truncation_strategy` and
`max_prompt_tokens`.
"""
