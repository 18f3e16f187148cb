"""What labkit draws in JupyterLab: one file, one widget."""
