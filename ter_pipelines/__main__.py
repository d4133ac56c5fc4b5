"""`python -m ter_pipelines` is the `ter` command."""

from ter_pipelines.cli import main

if __name__ == "__main__":
    main()
