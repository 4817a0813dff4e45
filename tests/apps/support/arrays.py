"""Arrays of NumPy as bytes, without NumPy."""
import io
import struct
import zipfile

CODES = {"<f4": "f", "<f8": "d", "|u1": "B", "<i4": "i", "<i8": "q"}


def npy(kind, shape, values, fortran=False):
    """The bytes of an .npy file; `values` in the order of the file."""
    values = list(values)
    text = f"{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {tuple(shape)}, }}"
    text += " " * (-(len(text) + 11) % 64) + "\n"
    data = struct.pack(f"<{len(values)}{CODES[kind]}", *values) if kind in CODES else bytes(values)
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(text)) + text.encode() + data


def npz(packed=False, **arrays):
    """The bytes of an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            archive.writestr(f"{name}.npy", array)
    return out.getvalue()
